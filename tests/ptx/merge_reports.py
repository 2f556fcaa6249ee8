#!/usr/bin/env python3
"""Merges the reports of several processes (FGCN_PTX_REPORT, tests/ptx/report.h).

merge_reports.py REPORT... [--missed]

Prints findings, kernels that no process started and, of kernels that some did, how many instructions
were reached; with --missed also the instructions that none reached. Exit code 1 when there is a
finding or a kernel that never started.
"""
import argparse
import collections
import sys


class Kernel:
    def __init__(self):
        self.launches = 0
        self.instructions = 0
        self.missed = None  # index -> (opcode, source), of all processes that started it

    def add(self, launches, instructions, missed):
        if launches == 0:
            return
        self.launches += launches
        self.instructions = instructions
        known = missed if self.missed is None else self.missed
        self.missed = {index: place for index, place in known.items() if index in missed}


def read(paths):
    """Kernels by (name, architecture); findings with their counts."""
    kernels = collections.defaultdict(Kernel)
    findings = collections.Counter()
    for path in paths:
        started = None  # kernel whose `missed` lines follow
        with open(path, encoding="utf-8") as report:
            for line in report:
                kind, *fields = line.rstrip("\n").split("\t")
                if kind == "finding":
                    count, what, kernel, source, text = fields
                    findings[(what, kernel, source, text)] += int(count)
                if kind == "missed" and started:
                    started[1][int(fields[2])] = (fields[3], fields[4])
                    continue
                if started:
                    started[0](started[1])
                    started = None
                if kind == "kernel":
                    kernel = kernels[(fields[0], int(fields[1]))]
                    launches, instructions = int(fields[2]), int(fields[9])
                    started = (lambda missed, k=kernel, n=launches, i=instructions:
                               k.add(n, i, missed), {})
        if started:
            started[0](started[1])
    return kernels, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--missed", action="store_true", help="list instructions never reached")
    options = parser.parse_args()
    kernels, findings = read(options.reports)
    for (what, kernel, source, text), count in sorted(findings.items()):
        print(f"finding {count}x: {what} in {kernel} at {source or '?'}: {text}")
    started = {name for (name, _), kernel in kernels.items() if kernel.launches}
    never = sorted({name for name, _ in kernels} - started)
    for name in never:
        print(f"never started: {name}")
    for (name, architecture), kernel in sorted(kernels.items()):
        if not kernel.launches:
            continue
        reached = kernel.instructions - len(kernel.missed)
        print(f"{reached}/{kernel.instructions} of {name} ({architecture}), "
              f"{kernel.launches} launches")
        if options.missed:
            for index, (opcode, source) in sorted(kernel.missed.items()):
                print(f"  {index} {opcode} at {source or '?'}")
    print(f"{len(findings)} findings, {len(started)} kernels started, {len(never)} never")
    return 1 if findings or never else 0


if __name__ == "__main__":
    sys.exit(main())
