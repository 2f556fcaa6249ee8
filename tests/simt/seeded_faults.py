"""Runs every seeded fault of seeded_faults.cpp, each in a process of its own, demands that it is
found as docs/dev/emulator.md says, and holds that document's table to what was counted.
  seeded_faults.py PROGRAM --source tests/simt/seeded_kernels.h --doc docs/dev/emulator.md [--asan]
                   [--races INSTRUMENTED] --vendor tests/simt/vendor_*_test.cpp
Exit code: 0 all as the table says; 1 not."""
import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict

# Texts of the table for each way of being found.
HOW = {"results": "orders disagree, or NaN", "line": "error with file and line", "error": "error",
       "asan": "report with file and line", "signal": "the process is stopped"}
BUILDS = {"every": "every", "asan": "`asan`", "plain": "all but `asan`"}
# Two threads on one place in memory: the instrumented build names the lines of all of these.
RACES = ("missing barrier/", "race in shared memory/", "race between blocks/")
# A check of a vendor test that demands a status other than success.
VENDOR = re.compile(r"CHECK\((?:all_give\(k(?!Right)|.*==\s*(?:invalid|failed|missing|"
                    r"k(?!Right)[A-Z]\w*|CU\w+_STATUS_(?!SUCCESS)\w+)\))")


def marked_lines(path):
    """{class/variant: line}"""
    out = {}
    with open(path) as file:
        for number, line in enumerate(file, 1):
            found = re.search(r"// seeded: (.+)$", line)
            if found:
                out[found[1].strip()] = number
    return out


def was_found(done, how, place):
    said = done.stdout + done.stderr
    if how in ("results", "missed"):
        return done.returncode == 3 and ("NaN" in said or "disagree" in said)
    if how == "error":
        return done.returncode == 3
    if how == "line":
        return done.returncode == 3 and place in said
    if how == "asan":
        report = "AddressSanitizer" in said or "runtime error" in said
        return done.returncode not in (0, 3) and report and place in said
    return done.returncode == -11


def vendor_checks(path):
    with open(path) as file:
        text = re.sub(r"\s+", " ", file.read()).replace("CHECK(", "\nCHECK(")
    return len(VENDOR.findall(text))


def main():
    parser = argparse.ArgumentParser(prog="seeded_faults")
    parser.add_argument("program")
    parser.add_argument("--source", required=True)
    parser.add_argument("--doc", required=True)
    parser.add_argument("--vendor", nargs="*", default=[])
    parser.add_argument("--races", help="the program with instrumented kernels")
    parser.add_argument("--asan", action="store_true")
    o = parser.parse_args()
    lines = marked_lines(o.source)
    with open(o.doc) as file:
        doc = file.read()
    listed = subprocess.run([o.program, "--list"], check=True, capture_output=True, text=True)
    classes, wrong, left_out = defaultdict(list), [], []
    for line in listed.stdout.splitlines():
        name, build, how = line.split("\t")
        classes[name.split("/")[0]].append((name, build, how))
        if build == ("plain" if o.asan else "asan"):
            left_out.append(name)
            continue
        if how in ("line", "asan") and name not in lines:
            wrong.append(f"{name}: no line is marked in {o.source}")
            continue
        place = f"{os.path.basename(o.source)}:{lines.get(name)}"
        if o.races and name.startswith(RACES):
            done = subprocess.run([o.races, name], capture_output=True, text=True)
            if done.returncode != 3 or place not in done.stdout:
                wrong.append(f"{name}: the instrumented build does not name {place}: {done.stdout}")
        done = subprocess.run([o.program, name], capture_output=True, text=True, errors="replace")
        if was_found(done, how, place) == (how == "missed"):
            wrong.append(f"{name}: {'found after all' if how == 'missed' else 'not found'}: exit"
                         f" code {done.returncode}, {place}: {(done.stdout + done.stderr)[:1500]}")
    rows = []
    for name, seeds in classes.items():
        found = [s for s in seeds if s[2] != "missed"]
        how = " / ".join(dict.fromkeys(HOW[s[2]] for s in found))
        builds = " / ".join(dict.fromkeys(BUILDS[s[1]] for s in found))
        caught = str(len(found))
        if f"{name}/" in RACES:
            caught += f"; instrumented {len(seeds)}"
            how += "; instrumented: file and line of both accesses"
        rows.append(f"| {name} | {len(seeds)} | {caught} | {how} | {builds} |")
    for path in o.vendor:
        library = re.search(r"vendor_(\w+)_test", path)[1]
        checks = vendor_checks(path)
        rows.append(f"| wrong call of {library} | {checks} | {checks} | the status that NVIDIA"
                    " documents | every |")
    print("\n".join(rows))
    if not o.races and not o.asan:
        print("No clang++: that the instrumented build names the lines of races was not tried.")
    if left_out:
        print(f"{len(left_out)} left to the build {'without' if o.asan else 'with'} sanitizers:",
              ", ".join(left_out))
    wrong += [f"{o.doc}: lacks the row {row}" for row in rows if row not in doc]
    for sentence in wrong:
        print("seeded_faults:", sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
