#!/usr/bin/env python3
"""power_loss.py PRELOAD INPUTS BIN [--job NAME]... [--cuts N] [--seed N]: programs whose machine loses power.

A run of each job is recorded by the library PRELOAD: every file made, written, flushed, renamed and removed in its
folder, in order. For each cut of that record the folder is rebuilt as a disk may hold it after the power went:
  kept    everything up to the cut (a killed process)
  empty   contents that were not flushed are lost, names are there (what a journal of names alone keeps)
  half    half of what was not flushed is there
  names   names whose folder was not flushed since are as they were before
The run is then started again: with --resume or --skip-done, or from the beginning where the folder holds no checkpoint.
It must end with code 0 and with the files of the run that was left alone, byte for byte but for times. A training
leaves no temporary file; those of other jobs are counted. Code 1 when it did not.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile

import fault_sweep


class File:
    """An inode: what was written, and what of it is on the disk for certain."""

    def __init__(self):
        self.data, self.flushed = bytearray(), b""


class Disk:
    def __init__(self, folder):
        self.folder, self.names, self.flushed_names = folder, {}, {}
        self.open = {}

    def apply(self, line, data):
        word, _, rest = line.partition(" ")
        if word == "open":
            descriptor, flags, path = rest.split(" ", 2)
            if path not in self.names and "c" not in flags:  # a folder
                self.open[descriptor] = (None, "")
                return
            if path not in self.names:
                self.names[path] = File()
            file = self.names[path]
            if "t" in flags:
                file.data = bytearray()
            self.open[descriptor] = (file, flags)
            file.at = len(file.data) if "a" in flags else 0
        elif word == "write":
            descriptor, offset, begin, count = rest.split()
            file, flags = self.open[descriptor]
            begin, count, offset = int(begin), int(count), int(offset)
            at = offset if offset >= 0 else len(file.data) if "a" in flags else file.at
            file.data[at : at + count] = data[begin : begin + count]
            if offset < 0:
                file.at = at + count
        elif word == "truncate":
            descriptor, length = rest.split()
            del self.open[descriptor][0].data[int(length) :]
        elif word == "truncatepath":
            length, path = rest.split(" ", 1)
            del self.names[path].data[int(length) :]
        elif word == "fsync":
            file = self.open[rest][0]
            if file is None:  # a folder
                self.flushed_names = dict(self.names)
            else:
                file.flushed = bytes(file.data)
        elif word == "close":
            self.open.pop(rest, None)
        elif word == "rename":
            before, after = rest.split("\t")
            self.names[after] = self.names.pop(before)
        elif word == "unlink":
            self.names.pop(rest, None)
        elif word == "mkdir":
            pass
        else:
            raise ValueError(line)

    def contents(self, how):
        names = self.flushed_names if how == "names" else self.names
        out = {}
        for path, file in names.items():
            if how == "kept":
                out[path] = bytes(file.data)
            elif how == "half" and len(file.data) > len(file.flushed):
                out[path] = bytes(file.data[: (len(file.flushed) + len(file.data)) // 2])
            elif how == "half":
                out[path] = bytes(file.data)
            else:
                out[path] = file.flushed
        return out


class Training:
    """The job "train": what a resumed run must have again is in files of these names."""

    name = "train"
    compared = ("weights.safetensors", "best.safetensors", "checkpoint-000003.safetensors", "loss.csv",
                "validation.jsonl")

    def __init__(self, programs, given):
        self.words = [f"{programs}/fgcn_train", "train", "--face-model", f"{given}/face.safetensors", "--data",
                      f"{given}/photos.fgd", "--preset", "reference", "--set", "identity=0", "--set", "batch=2",
                      "--set", "steps=3", "--set", "checkpoint_every=1", "--set", "log_every=1", "--set",
                      "validate_every=1", "--set", "checkpoints=2", "--set", "validation_photos=2", "--threads", "1"]

    def prepare(self, folder):
        pass

    def begin(self, folder, environment=None):
        subprocess.run([*self.words, "--out", folder], check=True, stderr=subprocess.DEVNULL, env=environment)

    def results(self, folder):
        return {name: read(os.path.join(folder, name)) for name in self.compared}

    def go_on(self, folder, names):
        done = again([*self.words, "--out", folder, "--resume"])
        if done.returncode == 2 and b"holds no checkpoint that is whole" in done.stderr:
            if any(os.path.basename(name).startswith("checkpoint-") for name in names):
                # Only damaged ones: a new run has to take another folder, as the sentence says.
                shutil.rmtree(folder)
            done = again([*self.words, "--out", folder])
        return done

    def judge(self, folder, whole, said):
        left = [f"{name} stays" for name in temporary(folder)]
        now = self.results(folder)
        return [f"{name} differs" for name in self.compared if now[name] != whole[name]] + left


class Program:
    """A job of fault_sweep.py, started again as it was, with `more`."""

    def __init__(self, job, more=()):
        self.job, self.name, self.more = job, job.name, more

    def prepare(self, folder):
        if self.job.earlier:
            again(fault_sweep.placed(self.job.earlier, folder)).check_returncode()

    def begin(self, folder, environment=None):
        subprocess.run(fault_sweep.placed(self.job.command, folder), check=True, capture_output=True, env=environment)

    def results(self, folder):
        return {name: value for name, value in fault_sweep.contents(folder).items() if not name.endswith(".tmp")}

    def go_on(self, folder, names):
        words = fault_sweep.placed(self.job.command, folder)
        done = again([*words, *self.more])
        if self.name == "coma" and done.returncode == 2 and b"checkpoint" in done.stderr:
            if any(os.path.basename(name).startswith("checkpoint-") for name in names):
                shutil.rmtree(folder)  # as above
            done = again(words)
        return done

    def judge(self, folder, whole, said):
        now = fault_sweep.as_said(self.job, self.results(folder), whole, said)
        # Parts of a set that the power cut through lie beside a set that says it is called otherwise.
        moved = [stem for stem in ("a", "b") if f"its results are called {stem}-2" in said]
        parts = {stem + end for stem in moved for end in self.job.files}
        differing = sorted(name for name in (set(now) | set(whole)) - parts if now.get(name) != whole.get(name))
        missing = [f"{stem}-2{end}" for stem in moved for end in self.job.files if stem + end in whole]
        missing = [name for name in missing if not os.path.exists(os.path.join(folder, name))]
        return [f"{name} differs" for name in differing] + [f"{name} is missing" for name in missing]


def jobs(programs, given):
    more = {"recon": ["--skip-done"], "recon-all": ["--skip-done"], "recon-again": [], "eval": [], "prepare": [],
            "mesh-again": [], "coma": ["--resume"], "import-bfm": [], "convert-weights": []}
    known = {job.name: job for job in fault_sweep.jobs(given, programs)}
    return [Training(programs, given)] + [Program(known[name], words) for name, words in more.items()]


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def again(words):
    return subprocess.run(words, capture_output=True, check=False, timeout=300)


def temporary(folder):
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".tmp")]


def resume(job, folder, whole, state):
    """(what is wrong with the run that goes on from this state of the folder; how many temporary files stay)."""
    for path, content in state.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    done = job.go_on(folder, state)
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        return f"code {done.returncode}: {said.strip()[-200:]}", 0
    return ", ".join(job.judge(folder, whole, said)), len(temporary(folder))


def recorded(job, preload, work):
    """(lines of the record, what was written, the disk before, results, the folder) of a run that is left alone."""
    folder, record = os.path.join(work, job.name, "run"), os.path.join(work, job.name, "record")
    os.makedirs(folder)
    job.prepare(folder)
    disk = Disk(folder)
    for base, _, names in os.walk(folder):
        for name in names:
            file = disk.names[os.path.join(base, name)] = File()
            file.flushed = read(os.path.join(base, name))
            file.data = bytearray(file.flushed)
    disk.flushed_names = dict(disk.names)
    job.begin(folder, dict(os.environ, LD_PRELOAD=preload, FAULT_UNDER=folder, FAULT_RECORD=record))
    with open(record, encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    return lines, read(record + ".data"), disk, job.results(folder), folder


def states(lines, data, disk, cuts):
    """The different disks: (cut, how, contents by path). The disk is that of the whole run then."""
    tasks, seen, at = [], set(), 0
    for cut in cuts:
        while at < cut:
            disk.apply(lines[at], data)
            at += 1
        for how in ("kept", "empty", "half", "names"):
            state = disk.contents(how)
            key = tuple(sorted((path, hash(content)) for path, content in state.items()))
            if key not in seen:
                seen.add(key)
                tasks.append((cut, how, state))
    while at < len(lines):
        disk.apply(lines[at], data)
        at += 1
    return tasks


def lose_power(job, options, work):
    """Tries all cuts of a job. How many went wrong."""
    lines, data, disk, whole, folder = recorded(job, os.path.abspath(options.preload), work)
    cuts = list(range(len(lines) + 1))
    if options.cuts:
        cuts = sorted(random.Random(options.seed).sample(cuts, min(options.cuts, len(cuts))))
    tasks = states(lines, data, disk, cuts)
    # What the record says of the whole run is what lies there, or the model of a disk is wrong.
    for path, content in disk.contents("kept").items():
        if read(path) != content:
            print(f"power_loss: the record of {job.name} does not give {os.path.relpath(path, folder)}")
            return 1

    def one(numbered):
        number, (cut, how, state) = numbered
        place = os.path.join(work, job.name, f"cut{number}", "run")
        os.makedirs(place)
        moved = {os.path.join(place, os.path.relpath(path, folder)): content for path, content in state.items()}
        wrong, stay = resume(job, place, whole, moved)
        shutil.rmtree(os.path.dirname(place), ignore_errors=True)
        return cut, how, wrong, stay

    bad, tried, left = [], collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for cut, how, wrong, stay in pool.map(one, enumerate(tasks)):
            tried[how] += 1
            left += stay > 0
            if wrong:
                bad.append(f"  {how}, before '{lines[cut] if cut < len(lines) else 'the end'}': {wrong}")
    kinds = ", ".join(f"{count} {how}" for how, count in tried.items())
    print(f"{job.name}: {len(lines)} operations, {len(cuts)} cuts, {len(tasks)} different disks ({kinds}): "
          f"{len(tasks) - len(bad)} went on to the same results"
          + (f"; {left} leave a temporary file" if left else ""), flush=True)
    print("\n".join(bad[:20]), end="\n" if bad else "", flush=True)
    return len(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload")
    parser.add_argument("inputs", help="the program that writes a folder of inputs")
    parser.add_argument("bin", help="folder of the programs")
    parser.add_argument("--cuts", type=int, default=0, help="points at which the power goes; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--job", action="append", help="by name; all of them unless given")
    options = parser.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="fgcn_power_"))
    bad = 0
    try:
        given, programs = os.path.join(work, "given"), os.path.abspath(options.bin)
        os.makedirs(given)
        subprocess.run([os.path.abspath(options.inputs), given], check=True)
        every = jobs(programs, given)
        unknown = set(options.job or []) - {job.name for job in every}
        if unknown:
            parser.error(f"no job {', '.join(sorted(unknown))}")
        for job in every:
            if not options.job or job.name in options.job:
                bad += lose_power(job, options, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
