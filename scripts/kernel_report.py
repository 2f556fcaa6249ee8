"""Bytes and registers of the CUDA kernels, modeled without a GPU (docs/results/kernel-report.md).
Started by kernel_report.sh, which makes its input."""
import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict

import kernel_static

# Bytes a second of memory and single-precision operations a second outside of tensor cores, from
# NVIDIA's data sheets: H100 SXM5 (2023), GeForce RTX 4090 ("Ada GPU Architecture", 2022).
DEVICES = {"H100": (3.35e12, 66.9e12), "4090": (1.008e12, 82.6e12)}
OCCUPANCY_OF = "90"  # the architecture whose occupancy is printed

# Targets, and the operators they are for.
STREAMING = {"adam", "bias_elu", "binary", "momentum", "reduce", "slice", "transpose", "unary"}
LEAST_EFFICIENCY = 0.90
MOST_BANK_FACTOR = 1.10
MOST_MOVED_CHEB = 1.25
MOST_MOVED_PLAIN = 1.05  # pooling and what goes element by element
PLAIN = {"bias_elu", "binary", "unary"}
SMALL_SHARE = 0.01  # of a case's traffic: below, no streaming kernel is held to its target
# Figures that --check holds, and which way is worse.
HELD = {"sectors_a_request": 1, "efficiency": -1, "bank_factor": 1, "uncached": 1, "block": 1,
        "grid": 1}
WHOLE = "generator"  # a whole step: a table of its own
LIBRARY = {"gemm"}  # launches that stand for calls of NVIDIA's libraries, counted by their operands
SLACK = 0.01  # another version of clang may order things differently


def run(command, text=None):
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


class Symbols:
    """Kernels and source lines of the program that recorded."""

    def __init__(self, program):
        self.program = program
        self.mangled = {}
        for line in run(["nm", "--defined-only", program]).splitlines():
            address, kind, name = line.split(maxsplit=2)
            if kind in "tTwW":
                self.mangled[int(address, 16)] = name
        self.short = {}

    def name(self, code):
        """unary_kernel<3> for void fgcn::kernels::emulated::unary_kernel<(fgcn::...)3>(...)."""
        if code not in self.short:
            full = run(["c++filt", self.mangled[code]]).strip()
            full = re.sub(r"\((?:\w+::)*\w+\)(?=\d)|(?:\w+::)+", "", full)
            self.short[code] = re.sub(r"^void |\(.*", "", full)
        return self.short[code]

    def static(self, figures, code):
        """By architecture; {} for what nvcc was not asked."""
        return figures.get(self.mangled[code].replace("8emulated", "4cuda", 1), {})

    def lines(self, codes):
        """{code: file:line} in the kernel's own file where there is one."""
        asked = run(["addr2line", "-a", "-i", "-e", self.program],
                    "\n".join(hex(c - 1) for c in codes))
        out = {}
        for part in re.split(r"^(?=0x)", asked, flags=re.M)[1:]:
            address, *frames = part.split("\n")
            frames = [re.sub(r".*/(\w+/[\w.]+:[\d?]+).*", r"\1", f) for f in frames if f]
            own = [f for f in frames if ".cu:" in f]
            out[int(address, 16) + 1] = (own or frames)[0]
        return out


def add_up(sites):
    """Sums and ratios of some access instructions."""
    sums = defaultdict(float)
    for s in sites:
        for key in ("lanes", "sectors", "passes", "turns"):
            sums[key] += s[key]
        sums["requests" if s["space"] == "global" else "shared_requests"] += s["requests"]
        if s["space"] == "global":
            sums["global_lanes"] += s["lanes"]
            sums["asked"] += s["asked"]
    out = {"asked": sums["asked"], "uncached": 32 * sums["sectors"], "requests": sums["requests"],
           "shared_requests": sums["shared_requests"]}
    if sums["requests"]:
        out["lanes_a_request"] = sums["global_lanes"] / sums["requests"]
        out["sectors_a_request"] = sums["sectors"] / sums["requests"]
        out["efficiency"] = sums["asked"] / (32 * sums["sectors"])
    if sums["passes"]:
        out["bank_factor"] = sums["turns"] / sums["passes"]
    return out


def figures_of(traffic, symbols):
    """{case: figures} with the figures of each kernel."""
    out = {}
    for case in traffic["cases"]:
        launched = defaultdict(list)  # one kernel may start under several names
        for k in case["kernels"]:
            launched[symbols.name(k["code"]) if k["code"] else k["launch"]].append(k)
        kernels = {name: add_up([s for k in uses for s in k["sites"]])
                         | {"block": sum(k["block_bytes"] for k in uses),
                            "grid": sum(k["grid_bytes"] for k in uses)}
                   for name, uses in launched.items()}
        total = add_up([s for k in case["kernels"] for s in k["sites"]])
        out["|".join((case["op"], case["variant"], case["pass"]))] = total | {
            "must": case["bytes"], "flops": case["flops"],
            "block": sum(k["block"] for k in kernels.values()),
            "grid": sum(k["grid"] for k in kernels.values()), "kernels": kernels}
    return out


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(["---"] * 1 + ["---:"] * (len(head) - 1)) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def number(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def static_cells(symbols, figures, uses):
    """Cells of a kernel's instances: registers from the least to the most of the architectures, the most
    spills, local and shared memory, the least occupancy."""
    by_arch, share = defaultdict(list), []
    for k in uses:
        for arch, f in symbols.static(figures, k["code"]).items():
            shared = k["dynamic_shared"] + f["shared"]
            by_arch[arch].append(f | {"shared": shared})
            if arch == OCCUPANCY_OF:
                share.append(kernel_static.occupancy(arch, k["threads"], f["registers"], shared))
    if not by_arch:
        return [""] * 5
    registers = sorted({max(f["registers"] for f in of) for of in by_arch.values()})
    most = {what: max(f[what] for of in by_arch.values() for f in of)
            for what in ("spills", "local", "shared")}
    return [" - ".join(str(r) for r in sorted({registers[0], registers[-1]})), str(most["spills"]),
            str(most["local"]), str(most["shared"]), f"{100 * min(share):.0f}" if share else ""]


def kernel_rows(traffic, symbols, figures, nvcc):
    """A row a kernel function, all its instances and cases together."""
    groups = defaultdict(list)
    for case in traffic["cases"]:
        for k in case["kernels"] if case["op"] != WHOLE else []:
            if k["code"]:
                groups[case["op"], symbols.name(k["code"]).split("<")[0]].append(k)
    for (op, name), uses in sorted(groups.items()):
        total = add_up([s for k in uses for s in k["sites"]])
        each = [add_up(k["sites"]) for k in uses]
        worst = min((e["efficiency"] for e in each if "efficiency" in e), default=None)
        row = [f"{op}: {name}", number(total.get("lanes_a_request"), 1),
               number(total.get("sectors_a_request")), number(total.get("efficiency")),
               number(worst), number(total.get("bank_factor"))]
        yield row + (static_cells(symbols, figures, uses) if nvcc else [])


def case_rows(cases):
    """A row a case; neighbours that differ in nothing but the variant are one."""
    merged = []
    for key, c in cases.items():
        op, variant, which = key.split("|")
        if not c["kernels"] or op == WHOLE:
            continue
        moved = c["grid"]
        row = [number(c["must"] / 1e6), number(moved / 1e6),
               number(moved / c["must"]) if c["must"] else "", number(c["block"] / 1e6),
               number(c["uncached"] / 1e6), number(c.get("sectors_a_request")),
               number(c.get("efficiency")), number(c.get("bank_factor")),
               number(c["flops"] / moved) if c["flops"] else ""]
        for bandwidth, rate in DEVICES.values():
            for amount in (c["must"], moved):
                row.append(number(1e6 * max(amount / bandwidth, c["flops"] / rate), 1))
        for other in merged:
            if other[0] == op and other[2] == which and other[3] == row:
                other[1].append(variant)
                break
        else:
            merged.append((op, [variant], which, row))
    for op, variants, which, row in merged:
        name = " and ".join(variants)
        if len(variants) > 2:
            name = f"{variants[0]} .. {variants[-1]} ({len(variants)})"
        yield [f"{op} {name}, {which}".replace(" ,", ",")] + row


def whole_step(traffic, symbols):
    """Prints what the passes of a whole step move, and which kernels do."""
    cases = [c for c in traffic["cases"] if c["op"] == WHOLE]
    if not cases:
        return
    rows, parts = [], []
    for case in cases:
        groups = defaultdict(lambda: [0, 0.0, 0.0])  # launches, moves, by block
        for k in case["kernels"]:
            name = symbols.name(k["code"]).split("<")[0] if k["code"] else k["launch"]
            for i, value in enumerate((k["launches"], k["grid_bytes"], k["block_bytes"])):
                groups[name][i] += value
        kinds = [0.0, 0.0, 0.0]  # own kernels, libraries, fills and copies
        for k in case["kernels"]:
            kinds[0 if k["code"] else 1 if k["launch"] in LIBRARY else 2] += k["grid_bytes"]
        moved = sum(kinds)
        rows.append([case["pass"], number(case["bytes"] / 1e6, 1), number(moved / 1e6, 1),
                     *(number(kind / 1e6, 1) for kind in kinds),
                     number(moved / case["bytes"]),
                     number(sum(g[2] for g in groups.values()) / 1e6, 1),
                     str(sum(g[0] for g in groups.values()))])
        for name, (launches, moves, block) in sorted(groups.items(), key=lambda g: -g[1][1]):
            parts.append([f"{case['pass']}: {name}", str(launches), number(moves / 1e6, 1),
                          number(block / 1e6, 1)])
    print("A whole step of the generator:\n")
    table(["pass", "must MB", "moves MB", "kernels", "NVIDIA's library, by operands",
           "fills and copies", "ratio", "by block MB", "launches and calls"], rows)
    table(["pass and kernel", "launches", "moves MB", "by block MB"], parts)


def misses(cases):
    """Sentences: which target is missed by what."""
    for key, c in cases.items():
        op, variant, which = key.split("|")
        if op == WHOLE:
            continue
        case = f"{op} {variant}, {which}".replace(" ,", ",")
        for name, k in c["kernels"].items():
            matters = k.get("uncached", 0) >= SMALL_SHARE * c.get("uncached", 0)
            if op in STREAMING and matters and k.get("efficiency", 1) < LEAST_EFFICIENCY:
                yield f"{case}: {name} has a coalescing efficiency of {k['efficiency']:.2f}"
            if k.get("bank_factor", 1) > MOST_BANK_FACTOR:
                yield f"{case}: {name} has a bank factor of {k['bank_factor']:.2f}"
        plain = op in PLAIN or op == "spmm" and "pool" in variant
        most = MOST_MOVED_CHEB if op == "cheb_conv" else MOST_MOVED_PLAIN if plain else None
        if most and c["must"] and c["grid"] > most * c["must"]:
            yield f"{case}: moves {c['grid'] / c['must']:.2f} times what it must (at most {most})"


def spills(traffic, symbols, figures):
    """Sentences: kernels with spills, or with local memory."""
    seen = {k["code"] for case in traffic["cases"] for k in case["kernels"] if k["code"]}
    for code in sorted(seen, key=symbols.name):
        by_arch = symbols.static(figures, code)
        for what in ("spills", "local"):
            bad = {a: f[what] for a, f in by_arch.items() if f[what]}
            if bad:
                yield (f"{symbols.name(code)}: {max(bad.values())} bytes of {what}"
                       f" on sm_{', sm_'.join(sorted(bad, key=int))}")


def worse(recorded, cases):
    """Sentences: what got worse against recorded figures."""
    for key, old in recorded.items():
        if key not in cases:
            yield f"{key}: is recorded, but was not run"
            continue
        for name, k in old["kernels"].items():
            now = cases[key]["kernels"].get(name)
            if now is None:
                continue  # another kernel took over; the case's own figures are held
            yield from compare(f"{key}: {name}", k, now)
        yield from compare(key, old, cases[key])


def unrecorded(recorded, cases):
    """Sentences: cases that the record lacks, and kernels that no case of their operator has there.
    Nothing would be held for them."""
    def functions(of, op):
        return {name.split("<")[0] for key, case in of.items() if key.split("|")[0] == op
                for name in case["kernels"]}
    for key in sorted(cases.keys() - recorded.keys()):
        yield f"{key}: is not recorded; record it with --json"
    for op in sorted({key.split("|")[0] for key in cases}):
        for name in sorted(functions(cases, op) - functions(recorded, op)):
            yield f"{op}: {name} is not recorded; record it with --json"


def compare(name, old, now):
    # Where fewer bytes move, the requests that are left may well be the wider ones.
    less = now.get("uncached", 0) < (1 - SLACK) * old.get("uncached", 0)
    for figure, sign in HELD.items():
        if figure not in old and figure not in now:
            continue
        if less and figure in ("sectors_a_request", "efficiency"):
            continue
        before, after = old.get(figure, 0), now.get(figure, 0)
        if sign * (after - before) > SLACK * before:
            yield f"{name}: {figure} got worse, {before:.4g} -> {after:.4g}"


def print_lines(traffic, symbols):
    lines = symbols.lines(sorted({s["code"] for c in traffic["cases"] for k in c["kernels"]
                                  for s in k["sites"]}))
    for case in traffic["cases"]:
        for k in case["kernels"]:
            if not k["sites"]:
                continue
            print(f"{case['op']} {case['variant']}, {case['pass']}: {symbols.name(k['code'])}\n")
            rows = []
            for s in sorted(k["sites"], key=lambda s: (lines[s["code"]], s["code"])):
                a = add_up([s])
                rows.append([lines[s["code"]], f"{s['space']} {s['access']} {s['bytes']}",
                             number(s["requests"], 0), number(s["lanes"] / s["requests"], 1),
                             number(a.get("sectors_a_request")), number(a.get("efficiency")),
                             number(a.get("bank_factor"))])
            table(["line", "access, bytes a lane", "requests", "lanes", "sectors", "efficiency",
                   "bank factor"], rows)


def write_figures(path, cases):
    """The figures that --check holds, one line per case, so that a change shows as one."""
    def held(figures):
        return {name: float(f"{figures[name]:.5g}") for name in HELD if name in figures}
    lines = []
    for key, c in cases.items():
        kernels = {name: held(k) for name, k in c["kernels"].items()}
        lines.append(f"{json.dumps(key)}: {json.dumps(held(c) | {'kernels': kernels})}")
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(prog="kernel_report")
    parser.add_argument("traffic", help="of fgcn_kernel_traffic")
    parser.add_argument("--program", required=True, help="fgcn_kernel_traffic itself")
    parser.add_argument("--root", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--json")
    parser.add_argument("--check")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--no-nvcc", action="store_true")
    parser.add_argument("--arch", action="append", choices=kernel_static.ARCHITECTURES)
    o = parser.parse_args()
    with open(o.traffic) as file:
        traffic = json.load(file)
    symbols = Symbols(o.program)
    cases = figures_of(traffic, symbols)
    nvcc = None if o.no_nvcc else kernel_static.find_nvcc()
    static = kernel_static.compile_all(o.root, nvcc, o.cache, o.arch) if nvcc else {}
    if not nvcc:
        print("Without nvcc: no registers, spills, shared memory and occupancy.\n")
    for m in traffic["missing"]:
        print(f"{m['op']}: not all cases were run: {m['why']} (calls of NVIDIA's libraries are not"
              " counted).\n")
    if o.lines:
        print_lines(traffic, symbols)
    head = ["kernel", "lanes", "sectors", "efficiency", "worst", "banks"]
    if nvcc:
        head += ["registers", "spills B", "local B", "shared B", "occupancy %"]
    table(head, kernel_rows(traffic, symbols, static, nvcc))
    head = ["case", "must MB", "moves MB", "ratio", "by block MB", "uncached MB", "sectors",
            "efficiency", "banks", "flop/B"]
    for device in DEVICES:
        head += [f"{device} floor us", f"{device} as is us"]
    table(head, case_rows(cases))
    whole_step(traffic, symbols)
    print("Targets that are missed:\n")
    for line in list(misses(cases)) or ["none"]:
        print("- " + line)
    bad = list(spills(traffic, symbols, static))
    if o.json:
        write_figures(o.json, cases)
    if o.check:
        with open(o.check) as file:
            recorded = json.load(file)
        bad += worse(recorded, cases)
        bad += unrecorded(recorded, cases)
    for line in bad:
        print(f"kernel_report: {line}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
