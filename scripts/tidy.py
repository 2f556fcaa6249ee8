#!/usr/bin/env python3
"""tidy.py --build DIR [--jobs N] [--batch N] [FILE...]: clang-tidy on FILEs, or on every source that DIR compiles.

DIR holds compile_commands.json. clang-tidy spends nine tenths of its time on the standard library's headers. So up to
N sources of one room and one set of flags are checked as one text; its lines are mapped back to their files. Sources
that define the same name do not share a text, and a text that does not compile is checked file by file.

DIR/tidy/clean remembers what was clean, by a hash of the file, its headers, its flags and .clang-tidy: an unchanged
file is not checked again. FILE may be a header: the sources that include it are checked.
"""
import argparse
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# As the tree spells them, and as an installation does.
INCLUDE = re.compile(r'^\s*#\s*include\s+["<](?:fgcn/)?([^">]+)[">]', re.M)
HEAVY = re.compile(r"^\s*#\s*include\s+<(CLI|nlohmann|dlib)/", re.M)
FINDING = re.compile(r"^(\S+?):(\d+):(\d+): (error|warning|note): (.*)$")
# Names that a file gives to the translation unit: the house's format puts them in column 0.
NAMES = re.compile(
    r"^(?:struct|class|enum class|enum|union) (\w+)"
    r"|^using (\w+) ="
    r"|^#define (\w+)"
    r"|^namespace (\w+) ="
    r"|^(?:[A-Za-z_][\w:<>,*& ]*?[ &*>])(\w+)(?:\(|\[| =|\{|;)",
    re.M,
)
# Valid in C++20; clang 14 and 15 refuse it, and doctest's CAPTURE is written with lambdas.
REFUSED_BINDING = re.compile(r"reference to local binding .* declared in enclosing .*clang-diagnostic-error")
# Vectors are std::array, so `a + b` needs the using-declaration of its operator; clang-tidy 14 takes that for unused.
UNSEEN_OPERATOR = re.compile(r"using decl 'operator\S+' is unused \[misc-unused-using-decls")
CHECKS = re.compile(r"^Checks: >\n((?:  .*\n?)+)", re.M)
IGNORED_NAMES = {"namespace", "return", "operator", "TEST_CASE", ""}


class Source:
    def __init__(self, path, flags):
        self.path = path  # relative to ROOT
        self.room = path.split("/")[0]
        self.flags = flags
        self.text = read(path)
        self.names = {name for match in NAMES.finditer(self.text) for name in match.groups() if name} - IGNORED_NAMES
        self.headers = closure(path)
        # Libraries of headers that cost more than the standard library does: only sources that need them share a text.
        self.heavy = {library for name in (path, *self.headers) for library in HEAVY.findall(read(name))}

    def key(self, version):
        digest = hashlib.sha256()
        checks = (read(".clang-tidy"), room_checks(self.room), read("scripts/tidy.py"))
        # Another checkout of the tree has other paths and the same findings.
        flags = " ".join(self.flags).replace(ROOT, ".")
        for part in (version, *checks, flags, self.text):
            digest.update(part.encode() + b"\0")
        for header in sorted(self.headers):
            digest.update(header.encode() + b"\0" + read(header).encode() + b"\0")
        return digest.hexdigest()


@functools.lru_cache(maxsize=None)
def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def room_checks(room):
    """The checks that the room's own .clang-tidy adds to the tree's: a text in the build folder is not under it."""
    path = os.path.join(room, ".clang-tidy")
    if not os.path.exists(os.path.join(ROOT, path)):
        return ""
    return "".join(CHECKS.search(read(path)).group(1).split())


@functools.lru_cache(maxsize=None)
def includes(path):
    return [name for name in INCLUDE.findall(read(path)) if os.path.exists(os.path.join(ROOT, name))]


def closure(path):
    found, todo = set(), [path]
    while todo:
        for name in includes(todo.pop()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def tidy_flags(command):
    """The flags that change how a source parses; g++'s warnings and precompiled headers are left out."""
    flags, words = [], iter(shlex.split(command)[1:])
    for word in words:
        if word in ("-isystem", "-x"):
            flags += [word, next(words)]
        elif word == "-include":
            header = next(words)
            flags += ["-include", "doctest/doctest.h" if "cmake_pch" in header else header]
        elif word in ("-o", "-c"):
            next(words)
        elif re.match(r"-(D|I|std=|march=|fopenmp|isystem)", word):
            flags.append(word)
    # One set of flags for what several build folders' paths tell apart, and one language for .cpp and .cu.
    return [flag for flag in flags if flag != "-DNDEBUG" and not flag.startswith("-DFGCN_BINARY_DIR")] + [
        '-DFGCN_BINARY_DIR="build"',
        "-Wno-everything",
    ]


def sources(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    found = {}
    for entry in commands:
        path = os.path.relpath(entry["file"], ROOT)
        if path.startswith("..") or path.startswith("build") or not os.path.exists(entry["file"]):
            continue
        flags = tidy_flags(entry["command"])
        # A file that is built twice is checked in single precision.
        if path not in found or "-DFGCN_REAL_DOUBLE" in found[path]:
            found[path] = flags
    # What other builds compile: the fuzz targets, and users of an installation.
    installed = os.path.join(build, "tidy", "include")
    os.makedirs(installed, exist_ok=True)
    if not os.path.islink(os.path.join(installed, "fgcn")):
        os.symlink(ROOT, os.path.join(installed, "fgcn"))
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "*.cpp"], capture_output=True, text=True, check=True)
    for path in tracked.stdout.split():
        if path not in found and os.path.exists(os.path.join(ROOT, path)):
            found[path] = [f"-I{ROOT}", f"-I{installed}", "-std=c++20", "-fopenmp", "-Wno-everything"]
    return [Source(path, flags) for path, flags in sorted(found.items())]


def batches(todo, size):
    """Groups of sources with equal flags and no name in common; neighbours in the tree come together."""
    made = []
    for source in todo:
        for batch in made:
            if len(batch) == size or batch[0].heavy != source.heavy:
                continue
            if (batch[0].room, batch[0].flags) == (source.room, source.flags):
                if not any(source.names & other.names for other in batch):
                    batch.append(source)
                    break
        else:
            made.append([source])
    return made


def run_tidy(batch, folder, number):
    """Findings of a batch: {path: [text]}, or None when its text does not compile although its files may."""
    text, begins = "", []
    for source in batch:
        begins.append(text.count("\n"))
        text += source.text + "\n"
    if len(batch) == 1:
        name = os.path.join(ROOT, batch[0].path)
    else:
        name = os.path.join(folder, f"batch{number}.cpp")
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    command = ["clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy", f"--checks={room_checks(batch[0].room)}",
               name, "--", "-x", "c++", *batch[0].flags]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    findings, current, refused = collections.OrderedDict(), None, False
    for line in done.stdout.split("\n"):
        found = FINDING.match(line)
        if found:
            path, row = found.group(1), int(found.group(2))
            if path == name and len(batch) > 1:
                at = max(i for i, begin in enumerate(begins) if begin < row)
                path, row = batch[at].path, row - begins[at]
            path = os.path.relpath(path, ROOT) if os.path.isabs(path) else path
            if REFUSED_BINDING.search(found.group(5)) or UNSEEN_OPERATOR.search(found.group(5)):
                current, refused = None, True
                continue
            if found.group(4) != "note":
                if "clang-diagnostic-error" in found.group(5) and len(batch) > 1:
                    return None
                current = findings.setdefault(path, [])
            line = f"{path}:{row}:{found.group(3)}: {found.group(4)}: {found.group(5)}"
        if current is not None and line:
            current.append(line)
    if done.returncode and not findings and not refused:
        return None if len(batch) > 1 else {batch[0].path: [done.stdout + done.stderr]}
    return findings


def check(batch, folder, number):
    findings = run_tidy(batch, folder, number)
    if findings is not None:
        return findings
    merged = {}
    for source in batch:
        merged.update(run_tidy([source], folder, number))
    return merged


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--list", action="store_true", help="print the batches and check nothing")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    begin = time.time()
    folder = os.path.join(os.path.abspath(args.build), "tidy")
    os.makedirs(os.path.join(folder, "clean"), exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout

    todo = sources(os.path.abspath(args.build))
    if args.files:
        wanted = {os.path.relpath(os.path.abspath(name), ROOT) for name in args.files}
        todo = [source for source in todo if source.path in wanted or source.headers & wanted]
    keys = {source.path: os.path.join(folder, "clean", source.key(version)) for source in todo}
    known = [source for source in todo if os.path.exists(keys[source.path])]
    todo = [source for source in todo if not os.path.exists(keys[source.path])]
    made = batches(todo, args.batch)
    print(f"clang-tidy: {len(todo)} files to check in {len(made)} texts, {len(known)} known to be clean", flush=True)
    if args.list:
        for batch in made:
            print(len(batch), *(source.path for source in batch))
        return 0

    printed, done, terminal = set(), 0, sys.stdout.isatty()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {pool.submit(check, batch, folder, number): batch for number, batch in enumerate(made)}
        for future in concurrent.futures.as_completed(waiting):
            batch, findings = waiting[future], future.result()
            for lines in findings.values():
                text = "\n".join(lines)
                if text not in printed:  # one header, many sources
                    printed.add(text)
                    print(("\r\033[K" if terminal else "") + text, flush=True)
            for source in batch:
                if source.path not in findings and not source.headers & findings.keys():
                    open(keys[source.path], "w", encoding="utf-8").close()
            done += len(batch)
            if terminal or done == len(todo) or done // 100 != (done - len(batch)) // 100:
                print(("\r" if terminal else "") + f"clang-tidy: {done} of {len(todo)} files, {time.time() - begin:.0f} s",
                      end="" if terminal else "\n", flush=True)
    if terminal:
        print()
    return 1 if printed else 0


if __name__ == "__main__":
    sys.exit(main())
