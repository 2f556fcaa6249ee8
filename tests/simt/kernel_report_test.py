"""The report's own arithmetic, scripts/kernel_report.py and kernel_static.py; and that its record and
its page have every operator and kernel."""
import json
import os
import re
import sys
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
import kernel_report as report
import kernel_static as static
import op_entries

PTXAS = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z1fPf' for 'sm_75'
ptxas info    : Function properties for _Z1fPf
    16 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Used 40 registers, used 1 barriers, 2112 bytes smem, 384 bytes cmem[0]
ptxas info    : Compiling entry function '_Z1fPf' for 'sm_90a'
ptxas info    : Function properties for _Z1fPf
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 18 registers, used 0 barriers
"""


def site(**changes):
    return {"space": "global", "requests": 10, "lanes": 320, "asked": 1280, "sectors": 40,
            "passes": 0, "turns": 0} | changes


class Static(unittest.TestCase):
    def test_what_ptxas_says(self):
        figures = static.parse(PTXAS)["_Z1fPf"]
        self.assertEqual(figures["75"],
                         {"shared": 2112, "local": 16, "spills": 12, "registers": 40})
        self.assertEqual(figures["90"], {"shared": 0, "local": 0, "spills": 0, "registers": 18})

    def test_occupancy(self):
        # By threads, registers (40 * 32 -> 1,280 a warp, 48 of 51 warps), shared memory, blocks.
        self.assertEqual(static.occupancy("90", 256, 32, 0), 1.0)
        self.assertEqual(static.occupancy("90", 256, 40, 0), 0.75)
        self.assertEqual(static.occupancy("86", 1024, 32, 0), 2 / 3)
        self.assertEqual(static.occupancy("75", 128, 16, 32 << 10), 0.25)
        self.assertEqual(static.occupancy("89", 128, 16, 49 << 10), 2 / 12)
        self.assertEqual(static.occupancy("90", 32, 16, 0), 0.5)


class Figures(unittest.TestCase):
    def test_ratios(self):
        sums = report.add_up([site(), site(asked=320, sectors=320, lanes=160)])
        self.assertEqual(sums["efficiency"], 1600 / (32 * 360))
        self.assertEqual(sums["sectors_a_request"], 18)
        self.assertEqual(sums["lanes_a_request"], 24)
        self.assertNotIn("bank_factor", sums)
        shared = report.add_up([site(space="shared", sectors=0, passes=10, turns=320)])
        self.assertEqual(shared["bank_factor"], 32)
        self.assertNotIn("efficiency", shared)

    def test_a_kernel_under_two_names_is_one(self):
        class Names:
            def name(self, code):
                return f"kernel_{code}"
        def kernel(launch, code, grid):
            return {"launch": launch, "code": code, "block_bytes": 2 * grid, "grid_bytes": grid,
                    "sites": [site()] if code else []}
        case = {"op": "reduce", "variant": "", "pass": "forward", "bytes": 1, "flops": 0,
                "kernels": [kernel("a", 7, 100), kernel("b", 7, 10), kernel("zero", 0, 1)]}
        figures = report.figures_of({"cases": [case]}, Names())["reduce||forward"]
        self.assertEqual(figures["grid"], 111)
        self.assertEqual(figures["block"], 222)
        self.assertEqual(figures["requests"], 20)
        self.assertEqual(list(figures["kernels"]), ["kernel_7", "zero"])
        self.assertEqual(figures["kernels"]["kernel_7"]["grid"], 110)

    def test_worse_is_told_by_kernel_and_figure(self):
        def cases(efficiency, grid, banks=1.0, uncached=500):
            kernel = {"efficiency": efficiency, "grid": grid, "bank_factor": banks,
                      "uncached": uncached}
            return {"spmm||forward": {"grid": grid, "kernels": {"spmm_kernel": kernel}}}
        def told(now):
            return list(report.worse(cases(0.8, 100), now))
        self.assertEqual(told(cases(0.8, 100)), [])
        self.assertEqual(told(cases(0.9, 90)), [])
        self.assertEqual(told(cases(0.795, 100.5)), [])  # within the slack
        self.assertEqual(len(told(cases(0.7, 100))), 1)
        self.assertIn("spmm_kernel: efficiency got worse, 0.8 -> 0.7", told(cases(0.7, 100))[0])
        self.assertIn("bank_factor", told(cases(0.8, 100, 2.0))[0])
        self.assertEqual(len(told(cases(0.8, 120))), 2)  # the kernel's and the case's
        self.assertIn("uncached", told(cases(0.8, 100, uncached=600))[0])
        self.assertEqual(told(cases(0.7, 100, uncached=400)), [])  # fewer, if wider, requests
        self.assertIn("was not run", told({})[0])

    def test_what_the_record_lacks_is_told(self):
        def cases(**kernels):
            return {"spmm||forward": {"kernels": kernels}}
        a, b = {"a_kernel<1>": {}}, {"b_kernel<1>": {}}
        self.assertEqual(list(report.unrecorded(cases(**a, **b), cases(**a))), [])
        self.assertEqual(list(report.unrecorded(cases(**a), cases(**{"a_kernel<4>": {}}))), [])
        self.assertEqual(list(report.unrecorded(cases(**a), cases(**a, **b))),
                         ["spmm: b_kernel is not recorded; record it with --json"])
        self.assertEqual(list(report.unrecorded({}, cases(**a))),
                         ["spmm||forward: is not recorded; record it with --json",
                          "spmm: a_kernel is not recorded; record it with --json"])

    def test_targets(self):
        def missed(op, variant, ratio, **kernel):
            case = {"must": 100, "grid": 100 * ratio, "kernels": {"k": kernel}}
            return len(list(report.misses({f"{op}|{variant}|forward": case})))
        self.assertEqual(missed("cheb_conv", "16 -> 3", 1.2), 0)
        self.assertEqual(missed("cheb_conv", "16 -> 3", 1.3), 1)
        self.assertEqual(missed("unary", "exp", 1.04), 0)
        self.assertEqual(missed("unary", "exp", 1.06), 1)
        self.assertEqual(missed("spmm", "pool, 64 columns", 1.06), 1)
        self.assertEqual(missed("spmm", "L, 64 columns", 1.06), 0)
        self.assertEqual(missed("unary", "exp", 1, efficiency=0.89), 1)
        self.assertEqual(missed("rasterize", "", 1, efficiency=0.2), 0)
        self.assertEqual(missed("rasterize", "", 1, bank_factor=1.2), 1)


def recorded():
    """{(operator, kernel)} of tests/simt/kernel_figures.json, and {operator} of its cases."""
    with open(f"{ROOT}/tests/simt/kernel_figures.json") as file:
        cases = {key: case for key, case in json.load(file).items()
                 if not key.startswith(report.WHOLE + "|")}
    kernels = {(key.split("|")[0], name.split("<")[0])
               for key, case in cases.items() for name in case["kernels"]
               if name.split("<")[0].endswith("_kernel")}  # fills and copies are the runtime's
    return kernels, {key.split("|")[0] for key in cases}


def rows_of(page):
    """Of the kernel report: {(operator, kernel)} and {operator of a case}."""
    head, cases = page.split("\n## Kernels and cases\n")[1].split("\n| case |")
    cases = cases.split("\n\n")[0]
    return (set(re.findall(r"^\| (\w+): (\w+) \|", head, re.M)),
            set(re.findall(r"^\| (\w+)[ ,]", cases, re.M)) - {"case"})


class Complete(unittest.TestCase):
    """An operator with kernels of its own is in the record and on the page, each of its kernels too."""

    def setUp(self):
        self.own = {os.path.basename(os.path.dirname(path)) for path in op_entries.kernel_files(ROOT)}

    def test_every_operator_is_recorded(self):
        kernels, cases = recorded()
        self.assertEqual(self.own - cases, set(), "not in tests/simt/kernel_figures.json")
        self.assertEqual(self.own - {op for op, _ in kernels}, set(), "no kernel is recorded")
        self.assertEqual(cases - self.own, set(), "recorded, but no operator")

    def test_every_recorded_kernel_is_on_the_page(self):
        with open(f"{ROOT}/docs/results/kernel-report.md") as file:
            on_page, cases = rows_of(file.read())
        kernels, _ = recorded()
        self.assertEqual(kernels - on_page, set(), "not in docs/results/kernel-report.md")
        self.assertEqual(on_page - kernels, set(), "on the page, but not recorded")
        self.assertEqual(self.own - cases, set(), "no case in docs/results/kernel-report.md")


if __name__ == "__main__":
    unittest.main()
