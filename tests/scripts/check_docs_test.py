#!/usr/bin/env python3
"""scripts/check_docs.py finds each fault that it promises to find, and none where there is none."""
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import check_docs  # noqa: E402

WORDS_35 = " ".join(["word"] * 35)


def findings(text):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "page.md")
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        return [(number, message.split(":")[0]) for number, message in sorted(check_docs.check(name))]


class CheckDocs(unittest.TestCase):
    def test_columns(self):
        self.assertEqual(findings("a " * 60), [(1, "a sentence of 60 words")])
        self.assertEqual(findings("x" * 100 + " " + "y" * 20), [(1, "121 columns")])
        self.assertEqual(findings("# " + "x" * 100 + " " + "y" * 20), [(1, "123 columns")])
        self.assertEqual(findings("```\n" + "x" * 100 + " " + "y" * 20 + "\n```\n| " + "z " * 80 + "|"), [])
        self.assertEqual(findings("[![x](a:" + "b" * 130 + ")](a:c)"), [])

    def test_sentences(self):
        lines = WORDS_35.replace(" ", "\n")
        self.assertEqual(findings(f"{lines}. {lines}."), [])
        self.assertEqual(findings(f"Good.\n\nFirst.\nThe {lines}."), [(4, "a sentence of 36 words")])
        self.assertEqual(findings(f"The {lines}, e.g. this."), [(1, "a sentence of 38 words")])
        self.assertEqual(findings(f"{lines} 2.15"), [(1, "a sentence of 36 words")])
        self.assertEqual(findings(f"{lines}\n- {lines}\n- {lines}\n\n{lines}"), [])
        self.assertEqual(findings(f"- {lines}\n  more"), [(1, "a sentence of 36 words")])
        self.assertEqual(findings(f"{lines}. `code` {lines}"), [(35, "a sentence of 36 words")])
        self.assertEqual(findings(f"`{'a b ' * 20}`\n{lines}"), [(1, "a sentence of 36 words")])

    def test_paths(self):
        self.assertEqual(findings("`kernels/spmm/spmm.h`, `kernels/spmm/spmm`, `kernels/*/*_cuda.cu`, `kernels/spmm/`"), [])
        self.assertEqual(findings("`kernels/spmm/spmm{,_cpu}.cpp`, `kernels/<op>/<op>.h`, `kernels/foo/foo.h`"), [])
        self.assertEqual(findings("`build/dev/bin/no_such`, `no/such`, `and/or`, `N/A`"), [])
        self.assertEqual(findings("`kernels/spmm/none.h`"), [(1, "kernels/spmm/none.h does not exist")])
        self.assertEqual(findings("`kernels/spmm/spmm.{h,none}`"), [(1, "kernels/spmm/spmm.none does not exist")])
        self.assertEqual(findings("<!-- example: cube -->\n`kernels/cube/cube.h` `kernels/none.h`"),
                         [(2, "kernels/none.h does not exist")])
        self.assertEqual(findings("`scripts/none.sh --all`"), [(1, "scripts/none.sh does not exist")])

    def test_links(self):
        self.assertEqual(findings("# One thing\n[x](page.md#one-thing) [y](#one-thing) [z](https://a.b/c)"), [])
        self.assertEqual(findings("[x](none.md)"), [(1, "the link's target none.md does not exist")])
        self.assertEqual(findings("# A\n[x](page.md#b)"), [(2, "page.md has no heading #b")])


if __name__ == "__main__":
    unittest.main()
