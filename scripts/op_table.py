#!/usr/bin/env python3
"""The tables of docs/dev/operators.md, from the sources: which operator has what, and which of its entry
points each device has. With --check they are compared with the file instead, and an entry point that
a device lacks is an error (a test does so); with --program those of a linked program too."""
import argparse
import glob
import os
import re
import sys

import op_entries

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BEGIN, END = "<!-- scripts/op_table.py -->\n", "<!-- end -->\n"


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def ops_list(name):
    return op_entries.cmake_list(ROOT, name)


def exists(path):
    return os.path.exists(os.path.join(ROOT, path))


LIBRARIES = {"cublas": "cuBLAS", "cudnn": "cuDNN"}


def gpu(op, by_vendor, vendor_first):
    for library, name in LIBRARIES.items():
        if f"{op}_{library}" in by_vendor:
            return name
        if f"{op}_{library}" in vendor_first and exists(f"kernels/{op}/{op}_cuda.cu"):
            return f"{name}, or kernel"
    return "kernel" if exists(f"kernels/{op}/{op}_cuda.cu") else "-"


def checked_order(op):
    """The order of the gradient checks in the operator's tests: central differences in double precision."""
    text = "".join(open(path).read() for path in glob.glob(f"{ROOT}/tests/ops/{op[:4]}*_test.cpp")
                   if f"autograd/ops/{op}.h" in open(path).read())
    calls = len(re.findall(r"\bcheck_grad\(", text))
    if not calls:
        return "-"
    orders = [int(n) for n in re.findall(r"\.order = (\d)", text)]
    return str(max(orders, default=1))


def declared_order(op):
    """The order that the tape allows: once where a VJP is recorded as such."""
    path = f"autograd/ops/{op}.cpp"
    if not exists(path):
        return "not taped"
    return "once" if "Order::kOnce" in read(path) else "any"


def table():
    by_vendor = ops_list("FGCN_OPS_BY_VENDOR")
    vendor_first = ops_list("FGCN_OPS_VENDOR_FIRST")
    benches = "".join(read(path) for path in sorted(glob.glob("apps/bench/*.cpp", root_dir=ROOT)))
    device_code = sorted(glob.glob("kernels/*/*_cuda.cu", root_dir=ROOT))
    lines = ["| operator | CPU | GPU | emulated in tests | derivatives | checked to order | benchmarked |",
             "|---|---|---|---|---|---|---|"]
    for op in ops_list("FGCN_OPS"):
        cpu = "yes" if exists(f"kernels/{op}/{op}_cpu.cpp") else "-"
        on_gpu = gpu(op, by_vendor, vendor_first)
        test = read(f"tests/ops/{op}_test.cpp")
        emulated = "yes" if re.search(r"on_every_backend", test) else "-"
        bench = "yes" if re.search(rf'\{{"{op}", \w+\}}', benches) else "-"
        lines.append(f"| {op} | {cpu} | {on_gpu} | {emulated} | {declared_order(op)} |"
                     f" {checked_order(op)} | {bench} |")
    lines.append("")
    lines.append(f"{len(ops_list('FGCN_OPS'))} operators; {len(device_code)} files of kernels.")
    lines.append("")
    return "\n".join(lines + entry_table()) + "\n"


def entry_table():
    """Lines."""
    lines = ["| entry point | operator | CPU | GPU, and emulated |", "|---|---|---|---|"]
    sources, ops = op_entries.in_sources(ROOT), op_entries.declared(ROOT)
    for entry, found in sources.items():
        files = [found.get(device, "-") for device in ("cpu", "cuda")]
        lines.append(f"| {entry} | {ops[entry]} | " + " | ".join(files) + " |")
    both = sum({"cpu", "cuda"} <= found.keys() for found in sources.values())
    return lines + ["", f"{len(sources)} entry points, {both} of them for the CPU and for a GPU."]


def main():
    parser = argparse.ArgumentParser(prog="op_table")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--program", help="a program with every operator, for --check")
    parser.add_argument("--libraries", default="", help="whose calls it emulates: cublas,cudnn")
    o = parser.parse_args()
    text = read("docs/dev/operators.md")
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    new = table()
    if not o.check:
        with open(os.path.join(ROOT, "docs/dev/operators.md"), "w") as file:
            file.write(head + BEGIN + new + END + tail)
        return 0
    if old != new:
        print("docs/dev/operators.md is not what the sources say: run scripts/op_table.py", file=sys.stderr)
        return 1
    lacking = list(op_entries.missing(ROOT, o.program, o.libraries.split(",")))
    for sentence in lacking:
        print(f"op_table: {sentence}", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
