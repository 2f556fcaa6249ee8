#!/usr/bin/env python3
"""heap_fill.py INPUTS BIN [--job NAME]... [--fill N]...: programs whose fresh memory is filled with a byte.

The C library fills each piece of memory that a program gets with one byte, and each that it gives back with another
(glibc.malloc.perturb). A job of recon, prepare or train is run once per byte, and all its results are compared: they
differ where a value was used that nobody had written. First the same is done with a program that does write unwritten
memory; the check fails when that is not seen. Prints a line per job; code 1 when results differ.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from fault_sweep import contents, jobs

JOBS = ("recon", "prepare", "train", "train-photos")


def run(command, out, fill):
    """The results of a command line under a fill."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    # Without the per-thread cache, whose memory is handed out as it was given back.
    tunables = f"glibc.malloc.perturb={fill}:glibc.malloc.tcache_count=0"
    words = [word.replace("OUT", out) if word.startswith("OUT") else word for word in command]
    done = subprocess.run(words, env=dict(os.environ, GLIBC_TUNABLES=tunables, LC_ALL="C.UTF-8"), capture_output=True,
                          check=False)
    found = contents(out)
    # Names of the folder stand in what is printed; it is the same for every run.
    found["code"] = str(done.returncode)
    if done.returncode != 0:
        found["stderr"] = done.stderr.decode("utf-8", "replace")
    return found


def differing(command, out, fills):
    """Names of the results that depend on the fill."""
    first, *others = [run(command, out, fill) for fill in fills]
    names = set()
    for other in others:
        names |= {name for name in first.keys() | other.keys() if first.get(name) != other.get(name)}
    return first, sorted(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", help="the program that writes a folder of inputs")
    parser.add_argument("bin", help="folder of the programs")
    parser.add_argument("--job", action="append", choices=JOBS)
    parser.add_argument("--fill", action="append", type=int, help="bytes, 1 to 255 (default: 85 and 254)")
    options = parser.parse_args()
    fills = options.fill or [85, 254]
    work = os.path.realpath(tempfile.mkdtemp(prefix="fgcn_fill_"))
    bad = 0
    try:
        given, out = os.path.join(work, "given"), os.path.join(work, "out")
        inputs = os.path.abspath(options.inputs)
        subprocess.run([inputs, given], check=True)
        _, seen = differing([inputs, "OUT", "--unwritten"], out, fills)
        if "unwritten" not in seen:
            print("seeded fault: not seen; this C library does not fill memory as it is asked to")
            return 1
        for job in jobs(given, os.path.abspath(options.bin)):
            if job.name not in (options.job or JOBS):
                continue
            command = [word.replace("steps=2", "steps=3") for word in job.command]
            results, names = differing(command, out, fills)
            fine = results["code"] == "0" and len(results) > 1 and not names
            bad += not fine
            print(f"{job.name}: {len(results) - 1} files, fills {', '.join(map(str, fills))}: "
                  + ("the same" if fine else f"code {results['code']}; {', '.join(names) or 'no results'} differ"), flush=True)
            if results["code"] != "0":
                print(results.get("stderr", "").strip()[-300:])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
