#!/usr/bin/env python3
"""check_docs.py [FILE.md...]: checks prose, links and paths of the documentation. Without files: all that git tracks.

Outside code blocks and tables:
  - no line over 120 columns (a line that holds one picture or address may be longer),
  - no sentence over 35 words: a code span is one word, headings and list items end a sentence;
  - a path of this repository in backticks names a file or folder that exists: `recon/fit/agreement` stands for its
    .h and .cpp, `kernels/*/*_cuda.cu` and `spmm.{h,cpp}` for all they match, `kernels/<op>/<op>.h` is a placeholder;
    a page with the line `<!-- example: NAME -->` may name files of NAME, which the reader is to write;
  - the target of a relative link exists, and so does the heading that its anchor names.
Exit code 1 and one line a finding: FILE:LINE: message.
"""
import functools
import glob
import itertools
import os
import re
import subprocess
import sys

COLUMNS = 120
WORDS = 35
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

FENCE = re.compile(r"^\s*(```|~~~)")
ITEM = re.compile(r"^\s*([-*+]|\d+[.)])\s+")
CODE = re.compile(r"(`+)(.+?)\1")
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
# A full stop after one of these does not end a sentence.
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|et al|cf|vs|resp|approx|Fig|Figs|Eq|Sec|No|Dr|St|pp|ca|incl)\.$")
SENTENCE_END = re.compile(r"[.!?][\"')\]*_]*\s+")
EXAMPLE = re.compile(r"^<!-- example: (\w+) -->$", re.M)
# Folders of built or made files, which a fresh clone lacks.
MADE = ("build", "out", "install", "runs")


def strip_markup(text):
    text = CODE.sub(" codespan ", text)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<!--.*?-->|<[a-z/][^>]*>", " ", text)


def sentences(text):
    """Yields (offset, sentence): offset is where it begins in text."""
    begin = 0
    for end in SENTENCE_END.finditer(text):
        if ABBREVIATION.search(text[: end.start() + 1]):
            continue
        yield begin, text[begin : end.end()]
        begin = end.end()
    yield begin, text[begin:]


def word_count(sentence):
    return sum(1 for word in sentence.split() if re.search(r"\w", word))


def expand_braces(path):
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    parts = [path[: found.start()] + part + path[found.end() :] for part in found.group(1).split(",")]
    return list(itertools.chain.from_iterable(expand_braces(part) for part in parts))


@functools.lru_cache(maxsize=None)
def top_level():
    return {name for name in os.listdir(ROOT) if name not in MADE and name != ".git"}


def path_exists(path):
    full = os.path.join(ROOT, path)
    if os.path.exists(full) or glob.glob(full):
        return True
    # Without an ending: the header and its source. `*` matches whole names here.
    return "." not in os.path.basename(path) and bool(glob.glob(full + ".*"))


def missing_paths(code):
    """The paths in a code span that should exist and do not."""
    for token in re.split(r"[\s,;]+(?![^{]*\})", code):
        token = re.sub(r"^(\./|\$PWD/)", "", token.strip("\"'();")).split("::")[0]
        token = re.sub(r"(:\d+)+$", "", token)
        first = token.split("/")[0]
        if "/" not in token or first not in top_level() or not os.path.isdir(os.path.join(ROOT, first)):
            continue
        if re.search(r"[<>$=|]|\bfoo\b|\bfoo_|/[A-Z]+(/|$|\.|_)", token) or "..." in token:
            continue
        for path in expand_braces(token):
            if not path_exists(path.rstrip("/.")):
                yield path


@functools.lru_cache(maxsize=None)
def anchors(path):
    found = set()
    counts = {}
    with open(path, encoding="utf-8") as file:
        for _, line in prose_lines(file.read(), headings=True):
            if line.startswith("#"):
                text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).replace("`", "")
                slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
                number = counts.get(slug, 0)
                counts[slug] = number + 1
                found.add(f"{slug}-{number}" if number else slug)
            found.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
    return found


def link_error(name, target):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    full = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(name)), path)) if path else os.path.abspath(name)
    if not os.path.exists(full):
        return f"the link's target {target} does not exist"
    if anchor and full.endswith(".md") and anchor not in anchors(full):
        return f"{path or 'this file'} has no heading #{anchor}"
    return None


def prose_lines(text, headings=False):
    """Yields (number, line) outside code blocks and tables; a paragraph's end is an empty line."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line)
        if mark and fence in (None, mark.group(1)):
            fence = None if fence else mark.group(1)
            yield number, ""
        elif fence or line.lstrip().startswith("|"):
            yield number, ""
        elif line.startswith("#") and not headings:
            yield number, ""
        else:
            yield number, line


def too_long(line):
    return len(line) > COLUMNS and " " in re.sub(r"^\s*([-*+>]\s+)?!?\[[^\]]*\]", "", line).strip()


def check_sentences(paragraph):
    """paragraph: [(number, line)]. Yields (number, message)."""
    text, starts = "", []
    for number, line in paragraph:
        starts.append((len(text), number))
        text += re.sub(r"^\s*(>\s*)?", "", strip_markup(line)).strip() + " "
    for offset, sentence in sentences(text):
        words = word_count(sentence)
        if words > WORDS:
            number = [n for start, n in starts if start <= offset][-1]
            yield number, f"a sentence of {words} words: \"{' '.join(sentence.split()[:6])} ...\""


def check(name):
    with open(name, encoding="utf-8") as file:
        text = file.read()
    examples = EXAMPLE.findall(text)
    for number, line in prose_lines(text, headings=True):
        if too_long(line):
            yield number, f"{len(line)} columns"
        for code in CODE.finditer(line):
            for path in missing_paths(code.group(2)):
                if not any(example in path for example in examples):
                    yield number, f"{path} does not exist"
        for link in LINK.finditer(CODE.sub("codespan", line)):
            error = link_error(name, link.group(2))
            if error:
                yield number, error
    paragraph = []
    for number, line in itertools.chain(prose_lines(text), [(0, "")]):
        if not line.strip() or ITEM.match(line):
            yield from check_sentences(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append((number, ITEM.sub("", line)))


def tracked():
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    return [os.path.relpath(os.path.join(ROOT, name)) for name in names if os.path.exists(os.path.join(ROOT, name))]


def main(names):
    findings = 0
    for name in names or tracked():
        for number, message in sorted(check(name)):
            print(f"{name}:{number}: {message}")
            findings += 1
    if findings:
        print(f"check_docs: {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    if any(name in ("-h", "--help") for name in sys.argv[1:]):
        print(__doc__)
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
