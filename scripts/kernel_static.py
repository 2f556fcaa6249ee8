"""Figures of nvcc for every kernel: registers, spills, local and shared memory, and the occupancy
that follows. Used by kernel_report.py."""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess

ARCHITECTURES = ("75", "80", "86", "89", "90", "100", "120")

# Limits of a multiprocessor: threads, blocks, bytes of shared memory; bytes of it that a block takes
# beside its own. CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
LIMITS = {
    "75": (1024, 16, 64 << 10, 0),
    "80": (2048, 32, 164 << 10, 1024),
    "86": (1536, 16, 100 << 10, 1024),
    "89": (1536, 24, 100 << 10, 1024),
    "90": (2048, 32, 228 << 10, 1024),
    "100": (2048, 32, 228 << 10, 1024),
    "120": (1536, 24, 100 << 10, 1024),
}
REGISTERS = 64 << 10  # of a multiprocessor
REGISTER_UNIT = 256   # they are given to a warp in these steps
WARP_UNIT = 4         # and to warps in these
SHARED_UNIT = {"75": 256}  # others: 128


def up(value, unit):
    return -(-value // unit) * unit


def occupancy(arch, threads, registers, shared):
    """Warps that fit on a multiprocessor, as a share of the most (cuda_occupancy.h's rules)."""
    most_threads, most_blocks, most_shared, of_block = LIMITS[arch]
    warps = up(threads, 32) // 32
    blocks = min(most_blocks, most_threads // 32 // warps)
    if registers:
        of_warp = up(registers * 32, REGISTER_UNIT)
        blocks = min(blocks, REGISTERS // of_warp // WARP_UNIT * WARP_UNIT // warps)
    taken = up(shared + of_block, SHARED_UNIT.get(arch, 128))
    if taken:
        blocks = min(blocks, most_shared // taken)
    return blocks * warps / (most_threads // 32)


def find_nvcc():
    for path in (os.environ.get("CUDACXX"), shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc"):
        if path and os.path.exists(path):
            return path
    return None


def parse(log):
    """{mangled name: {architecture: figures}} of ptxas' report."""
    out, entry = {}, None
    for line in log.splitlines():
        if match := re.search(r"Compiling entry function '(\S+)' for 'sm_(\d+)", line):
            entry = out.setdefault(match[1], {}).setdefault(match[2], {"shared": 0})
        elif match := re.search(
                r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads",
                line):
            if entry is not None:
                entry["local"], entry["spills"] = int(match[1]), int(match[2]) + int(match[3])
        elif match := re.search(r"Used (\d+) registers", line):
            entry["registers"] = int(match[1])
            if shared := re.search(r"(\d+) bytes smem", line):
                entry["shared"] = int(shared[1])
            entry = None
    return out


def exact_ops(root):
    """Operators that are built without contraction to fma."""
    with open(f"{root}/cmake/ops.cmake") as file:
        return re.search(r"set\(FGCN_EXACT_OPS ([^)]*)\)", file.read())[1].split()


def compile_all(root, nvcc, cache, wanted=None):
    """Every kernels/*/*_cuda.cu for every architecture that the toolkit has, or those wanted;
    results are kept in the folder `cache` by the text of what was compiled."""
    offered = subprocess.run([nvcc, "--list-gpu-arch"], check=True, capture_output=True, text=True)
    known = re.findall(r"compute_(\d+)", offered.stdout)
    targets = [a for a in wanted or ARCHITECTURES if a in known]
    version = subprocess.run([nvcc, "--version"], check=True, capture_output=True).stdout
    headers = b"".join(open(h, "rb").read()
                       for h in sorted(glob.glob(f"{root}/kernels/**/*.h", recursive=True)))
    os.makedirs(cache, exist_ok=True)
    out = {}
    exact = exact_ops(root)
    for source in sorted(glob.glob(f"{root}/kernels/*/*_cuda.cu")):
        command = [nvcc, "-std=c++20", "--expt-relaxed-constexpr", f"-I{root}", "-Xptxas", "-v",
                   f"--threads={os.cpu_count()}"]
        if os.path.basename(os.path.dirname(source)) in exact:
            command.append("--fmad=false")
        for a in targets:
            command += ["-gencode", f"arch=compute_{a},code=sm_{a}"]
        text = repr(command[1:]).encode() + version + headers + open(source, "rb").read()
        kept = os.path.join(cache, hashlib.sha256(text).hexdigest() + ".json")
        if not os.path.exists(kept):
            scrap = os.path.join(cache, "scrap.fatbin")
            done = subprocess.run(command + ["-fatbin", source, "-o", scrap], capture_output=True,
                                  text=True)
            if done.returncode != 0:
                raise SystemExit(f"kernel_report: nvcc refuses {source}:\n{done.stderr}")
            with open(kept, "w") as file:
                json.dump(parse(done.stderr), file)
        with open(kept) as file:
            out.update(json.load(file))
    return out
