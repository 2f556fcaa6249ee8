#!/usr/bin/env python3
"""no_case_lost.py --build DIR PROGRAM...: every case of every PROGRAM is in exactly one of DIR's CTest tests.

PROGRAMs are doctest's. A test is a PROGRAM with filters; each filter is asked what it selects. Also an error: a test
that selects no case (doctest calls that a success), and a file tests/**/*_test.cpp that no PROGRAM holds, except those
of --not-built (patterns, separated by commas).
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import glob
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def cases(command):
    listed = subprocess.run([*command, "--list-test-cases", "--reporters=xml"], capture_output=True, text=True, check=True)
    return [(case.get("filename"), case.get("name")) for case in xml.fromstring(listed.stdout).iter("TestCase")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--ctest", default="ctest")
    parser.add_argument("--not-built", default="")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()

    shown = subprocess.run([args.ctest, "--show-only=json-v1"], cwd=args.build, capture_output=True, text=True, check=True)
    tests = collections.defaultdict(dict)  # program -> {test: command}
    for test in json.loads(shown.stdout)["tests"]:
        command = test.get("command", [""])
        if command[0] in args.programs:
            tests[command[0]][test["name"]] = command

    faults, files, total = [], set(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for program in args.programs:
            names = list(tests[program])
            selected = dict(zip(names, pool.map(cases, tests[program].values())))
            expected = collections.Counter(cases([program]))
            found = collections.Counter(case for chosen in selected.values() for case in chosen)
            label = os.path.basename(program)
            faults += [f"{label}: the test {name} selects no case" for name, chosen in selected.items() if not chosen]
            for (file, name), count in (expected - found).items():
                faults.append(f"{label}: no test runs \"{name}\" of {os.path.basename(file)} ({count})")
            for (file, name), count in (found - expected).items():
                faults.append(f"{label}: \"{name}\" of {os.path.basename(file)} is run {count + 1} times")
            files |= {os.path.realpath(os.path.join(args.build, "tests", file)).split("/tests/")[-1] for file, _ in expected}
            files |= {file.split("tests/")[-1] for file, _ in expected}
            total += sum(expected.values())
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "**", "*_test.cpp"), recursive=True)):
        file = os.path.relpath(path, os.path.join(ROOT, "tests"))
        if file not in files and not any(fnmatch.fnmatch(file, pattern) for pattern in args.not_built.split(",")):
            faults.append(f"no program holds tests/{file}")
    for fault in faults:
        print(fault)
    print(f"{total} cases of {len(args.programs)} programs in {sum(map(len, tests.values()))} tests, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
