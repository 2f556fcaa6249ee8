#!/usr/bin/env python3
"""power_loss.py PRELOAD INPUTS BIN [--cuts N] [--seed N]: a training whose machine loses power, at every point.

A run is recorded by the library PRELOAD: every file made, written, flushed, renamed and removed in its folder, in
order. For each cut of that record the folder is rebuilt as a disk may hold it after the power went:
  kept    everything up to the cut (a killed process)
  empty   contents that were not flushed are lost, names are there (what a journal of names alone keeps)
  half    half of what was not flushed is there
  names   names whose folder was not flushed since are as they were before
The run is then resumed, or begun where the folder holds no checkpoint. It must end with code 0 and with the weights,
checkpoint and table of losses of the run that was left alone, byte for byte. Code 1 when it did not.
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

COMPARED = ("weights.safetensors", "best.safetensors", "checkpoint-000003.safetensors", "loss.csv", "validation.jsonl")


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


def command(programs, given, out, more):
    return [f"{programs}/fgcn_train", "train", "--face-model", f"{given}/face.safetensors", "--data",
            f"{given}/photos.fgd", "--preset", "reference", "--set", "identity=0", "--set", "batch=2", "--set",
            "steps=3", "--set", "checkpoint_every=1", "--set", "log_every=1", "--set", "validate_every=1", "--set",
            "checkpoints=2", "--set", "validation_photos=2", "--threads", "1", "--out", out, *more]


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def resume(programs, given, folder, whole, state):
    """What is wrong with the run that goes on from this state of the folder; nothing: empty."""
    for path, content in state.items():
        with open(path, "wb") as file:
            file.write(content)
    done = subprocess.run(command(programs, given, folder, ["--resume"]), capture_output=True, check=False, timeout=300)
    if done.returncode == 2 and b"holds no checkpoint that is whole" in done.stderr:
        if any(os.path.basename(path).startswith("checkpoint-") for path in state):
            # Only damaged ones: a new run has to take another folder, as the sentence says.
            shutil.rmtree(folder)
        done = subprocess.run(command(programs, given, folder, []), capture_output=True, check=False, timeout=300)
    if done.returncode != 0:
        return f"code {done.returncode}: {done.stderr.decode('utf-8', 'replace').strip()[-200:]}"
    different = [name for name in COMPARED if read(os.path.join(folder, name)) != whole[name]]
    left = [name for name in os.listdir(folder) if name.endswith(".tmp")]
    return ", ".join([f"{name} differs" for name in different] + [f"{name} stays" for name in left])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload")
    parser.add_argument("inputs", help="the program that writes a folder of inputs")
    parser.add_argument("bin", help="folder of the programs")
    parser.add_argument("--cuts", type=int, default=0, help="points at which the power goes; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="fgcn_power_"))
    try:
        given, programs = os.path.join(work, "given"), os.path.abspath(options.bin)
        os.makedirs(given)
        subprocess.run([os.path.abspath(options.inputs), given], check=True)
        folder, record = os.path.join(work, "run"), os.path.join(work, "record")
        subprocess.run(command(programs, given, folder, []), check=True, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, LD_PRELOAD=os.path.abspath(options.preload), FAULT_UNDER=folder,
                                FAULT_RECORD=record))
        whole = {name: read(os.path.join(folder, name)) for name in COMPARED}
        with open(record, encoding="utf-8") as file:
            lines = file.read().split("\n")[:-1]
        data = read(record + ".data")
        cuts = list(range(len(lines) + 1))
        if options.cuts:
            cuts = sorted(random.Random(options.seed).sample(cuts, min(options.cuts, len(cuts))))

        tasks, seen, disk, at = [], set(), Disk(folder), 0
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
        # What the record says of the whole run is what lies there, or the model of a disk is wrong.
        while at < len(lines):
            disk.apply(lines[at], data)
            at += 1
        for name in COMPARED:
            path = os.path.join(folder, name)
            if read(path) is not None and disk.contents("kept").get(path) != read(path):
                print(f"power_loss: the record does not give {name}")
                sys.exit(1)

        def one(numbered):
            number, (cut, how, state) = numbered
            place = os.path.join(work, f"cut{number}")
            os.makedirs(place)
            moved = {os.path.join(place, os.path.basename(path)): content for path, content in state.items()}
            wrong = resume(programs, given, place, whole, moved)
            shutil.rmtree(place, ignore_errors=True)
            return cut, how, wrong

        bad, tried = [], collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for cut, how, wrong in pool.map(one, enumerate(tasks)):
                tried[how] += 1
                if wrong:
                    bad.append(f"  {how}, before '{lines[cut] if cut < len(lines) else 'the end'}': {wrong}")
        print(f"{len(lines)} operations, {len(cuts)} cuts, {len(tasks)} different disks "
              f"({', '.join(f'{count} {how}' for how, count in tried.items())}): {len(tasks) - len(bad)} resumed to the same run")
        print("\n".join(bad[:20]))
        sys.exit(1 if bad else 0)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
