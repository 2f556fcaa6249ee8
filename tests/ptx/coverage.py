#!/usr/bin/env python3
"""Coverage and findings of the runs on nvcc's PTX, from the reports that their processes appended.
  coverage.py FOLDER [--kernels N] [--instructions SHARE] [--lines]
Fails when a run found something, when more than N kernels were never started on an architecture
(all are listed), or when less than SHARE of the instructions of those that were started was
reached. Lists what was never reached by the line of its source; --lines all of them."""
import argparse
import glob
import os
import re
import sys
from collections import Counter, defaultdict


class Kernel:
    """One kernel for one architecture, over all runs."""

    def __init__(self):
        self.launches = 0
        self.instructions = 0
        self.missed = None  # {index: (opcode, source)}, of all runs that started it

    def add(self, launches, instructions, missed):
        self.launches += launches
        if not launches:
            return
        self.instructions = instructions
        if self.missed is None:
            self.missed = dict(missed)
        else:
            self.missed = {i: what for i, what in self.missed.items() if i in missed}


def read(paths):
    kernels, findings, runs = defaultdict(Kernel), [], []
    for path in paths:
        # A kernel's line comes before those of what it missed. An instance of a template that two
        # files have is there twice in a run, and counts as one.
        kernel, missed = None, {}

        def finish():
            if kernel:
                kernels[kernel[0], kernel[1]].add(int(kernel[2]), int(kernel[9]), missed)
            missed.clear()

        with open(path) as file:
            for line in file:
                what, *fields = line.rstrip("\n").split("\t")
                if what == "run":
                    finish()
                    kernel = None
                    runs.append((os.path.basename(path), fields))
                elif what == "finding":
                    findings.append((os.path.basename(path), fields))
                elif what == "kernel":
                    finish()
                    kernel = fields
                elif what == "missed":
                    missed[int(fields[2])] = fields[3], fields[4]
        finish()
    return kernels, findings, runs


def short(source):
    """A path within the project."""
    return re.sub(r"^.*/(kernels|tests)/", r"\1/", source)


def main():
    parser = argparse.ArgumentParser(prog="coverage")
    parser.add_argument("folder")
    parser.add_argument("--kernels", type=int, default=0, help="may be left out on an architecture")
    parser.add_argument("--instructions", type=float, default=0, help="share that is reached")
    parser.add_argument("--lines", action="store_true")
    o = parser.parse_args()
    paths = sorted(glob.glob(os.path.join(o.folder, "*.txt")))
    kernels, findings, runs = read(paths)
    wrong = [] if runs else [f"{o.folder}: no reports"]
    for name, fields in findings:
        wrong.append(f"{name}: {' '.join(fields)}")
    print(f"{len(runs)} runs: " + ", ".join(
        f"{name[:-4]} (sm_{f[0]}, order {f[1]}{', contracted' if f[3] == '1' else ''}"
        f"{', late' if f[4] == '1' else ''})" for name, f in runs))
    for architecture in sorted({a for _, a in kernels}, key=int):
        of_it = {name: k for (name, a), k in kernels.items() if a == architecture}
        never = sorted(name for name, k in of_it.items() if not k.launches)
        started = [k for k in of_it.values() if k.launches]
        total = sum(k.instructions for k in started)
        missed = sum(len(k.missed) for k in started)
        share = 1 - missed / total if total else 0
        print(f"sm_{architecture}: {len(started)} of {len(of_it)} kernels started,"
              f" {sum(k.launches for k in started)} launches; {total - missed} of {total}"
              f" instructions reached ({100 * share:.1f} %)")
        for name in never:
            print(f"  never started: {name}")
        if len(never) > o.kernels:
            wrong.append(f"sm_{architecture}: {len(never)} kernels were never started")
        if not share >= o.instructions:
            wrong.append(f"sm_{architecture}: {100 * share:.1f} % of the instructions were reached,"
                         f" expected {100 * o.instructions:.1f} %")
        lines = Counter(short(source) for k in started for _, source in k.missed.values())
        shown = lines.most_common(None if o.lines else 12)
        for source, count in shown:
            print(f"  never reached: {count} of {source}")
        if len(lines) > len(shown):
            print(f"  and of {len(lines) - len(shown)} other lines (--lines)")
    for sentence in wrong:
        print("coverage:", sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
