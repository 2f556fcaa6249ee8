"""That an entry point which a device lacks is found: scripts/op_entries.py on made-up sources."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../scripts"))
sys.dont_write_bytecode = True
import op_entries

HEADER = """FGCN_BACKENDS(void spin(const Context& ctx, View<const real> x,
                        View<real> y))
// FGCN_BACKENDS(void commented(View<real> y))
FGCN_BACKENDS(std::vector<real> spin_adjoint(View<real> grad_y))
"""
CPU = """namespace fgcn::kernels::cpu {
void spin(const Context& ctx, View<const real> x,
          View<real> y) {
}
std::vector<real> spin_adjoint(View<real> grad_y) { return spin(grad_y); }
}
"""
GPU = CPU.replace("::cpu", "::FGCN_GPU_NAMESPACE")
FILES = {"kernels/spin/spin.h": HEADER, "kernels/spin/spin_cpu.cpp": CPU,
         "kernels/spin/spin_cuda.cu": GPU,
         "kernels/core/dispatch.h": "#define FGCN_BACKENDS(...) namespace cpu { __VA_ARGS__; }",
         "cmake/ops.cmake": 'set(FGCN_OPS\n spin)\nset(FGCN_OPS_WITHOUT_CUDA "")\n'}


def missing(program=None, libraries=(), **changes):
    """FILES with some texts replaced: {file's last part: (old, new)}."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in FILES.items():
            old, new = changes.get(os.path.basename(path).split(".")[0], ("", ""))
            assert old in text
            os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
            with open(f"{root}/{path}", "w") as file:
                file.write(text.replace(old, new) if old else text)
        return list(op_entries.missing(root, program, libraries))


class Entries(unittest.TestCase):
    def test_nothing_is_missing(self):
        self.assertEqual(missing(), [])

    def test_a_definition_that_is_not_there(self):
        # The call of an entry point, and its declaration alone, are no definitions.
        self.assertEqual(missing(spin_cuda=("std::vector<real> spin_adjoint", "real other")),
                         [f"spin_adjoint (kernels/spin) has no version for {device}"
                          for device in ("cuda", "emulated")])
        self.assertEqual(missing(spin_cpu=("y) {\n}", "y);\n")),
                         ["spin (kernels/spin) has no version for cpu"])

    def test_for_the_emulated_device_alone_it_is_none(self):
        found = missing(spin_cuda=("FGCN_GPU_NAMESPACE", "emulated"))
        self.assertEqual(len(found), 4)

    def test_what_is_still_to_come_is_named_and_no_more(self):
        lacks = ("std::vector<real> spin_adjoint", "real other")
        for name in ("spin", "spin_adjoint"):
            named = ('WITHOUT_CUDA ""', f"WITHOUT_CUDA {name}")
            self.assertEqual(missing(spin_cuda=lacks, ops=named), [])
            self.assertEqual(missing(ops=named),
                             [f"FGCN_OPS_WITHOUT_CUDA names {name}, which lacks none"])

    def test_a_declaration_that_is_not_understood(self):
        with self.assertRaises(SystemExit):
            missing(spin=("std::vector<real> spin_adjoint(View<real> grad_y)", "SPIN"))

    def test_a_program_that_lacks_one(self):
        # Weak as FGCN_BACKENDS declares it: defined for one device, referred to for the other.
        text = """namespace fgcn::kernels {
        namespace cpu { void spin() {} void spin_adjoint() {} }
        namespace emulated { __attribute__((weak)) void spin() {}
                             __attribute__((weak)) void spin_adjoint(); } }
        int main() { return fgcn::kernels::emulated::spin_adjoint != nullptr; }
        """
        with tempfile.TemporaryDirectory() as folder:
            source, program = f"{folder}/a.cpp", f"{folder}/a"
            with open(source, "w") as file:
                file.write(text)
            subprocess.run(["c++", source, "-o", program], check=True)
            self.assertEqual(missing(program), ["spin_adjoint is in spin_cuda.cu, but a has none"
                                                " for emulated"])


if __name__ == "__main__":
    unittest.main()
