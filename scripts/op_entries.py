"""Which entry points the operators declare with FGCN_BACKENDS, and which device has which. Used by
op_table.py."""
import glob
import os
import re
import subprocess

LIBRARIES = {"cublas": "cuBLAS", "cudnn": "cuDNN"}
DEVICES = ("cpu", "cuda", "emulated")


def read(path):
    with open(path) as file:
        return file.read()


def cmake_list(root, name):
    """A list of cmake/ops.cmake."""
    found = re.search(rf"set\({name}\s+([^)]*)\)", read(f"{root}/cmake/ops.cmake"))
    return found[1].replace('"', "").split()


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def kernel_files(root):
    """The operators' files of kernels."""
    return sorted(glob.glob(f"{root}/kernels/*/*_cuda.cu"))


def declared(root):
    """{entry point: operator}, in the order of the files. Error for a declaration that is not
    understood, or a name that two operators have: it would be missed."""
    out = {}
    for header in sorted(glob.glob(f"{root}/kernels/*/*.h")):
        op = os.path.basename(os.path.dirname(header))
        if op in ("core", "gpu", "runtime"):  # the macro itself
            continue
        text = without_comments(read(header))
        entries = re.findall(r"FGCN_BACKENDS\([\w:<>&*\s]+?(\w+)\(", text)
        if len(entries) != text.count("FGCN_BACKENDS") or out.keys() & set(entries):
            raise SystemExit(f"op_entries: {header}: a declaration is not understood or repeated")
        out.update({entry: op for entry in entries})
    return out


def defines(text, entry):
    return re.search(rf"^[\w:<>&* ]+?\b{entry}\([^;{{}}]*\)\s*\{{", without_comments(text), re.M)


def in_sources(root):
    """{entry point: {device: file}}; a device that has no version is left out. The emulated device
    builds the GPU's sources."""
    out = {}
    for entry, op in declared(root).items():
        found = {}
        for path in sorted(glob.glob(f"{root}/kernels/{op}/*.c*")):
            name, text = os.path.basename(path), read(path)
            if "namespace fgcn::kernels::cpu {" in text and defines(text, entry):
                found["cpu"] = name
            vendor = any(name.endswith(f"_{library}.cpp") for library in LIBRARIES)
            if (name.endswith("_cuda.cu") or vendor) and defines(text, entry) \
                    and "namespace fgcn::kernels::FGCN_GPU_NAMESPACE {" in text:
                found["cuda"] = found["emulated"] = name
        out[entry] = found
    return out


def in_program(program):
    """{(device, entry point)} that a linked program defines. Weak references are not definitions."""
    symbols = subprocess.run(["nm", "--defined-only", "-C", program], check=True,
                             capture_output=True, text=True).stdout
    return set(re.findall(rf"^\w+ [TW] fgcn::kernels::({'|'.join(DEVICES)})::(\w+)\(", symbols,
                          re.M))


def missing(root, program=None, libraries=()):
    """Sentences: which entry point lacks which device and is not allowed to. A program has the GPU's
    versions only if it was built with them, and those by NVIDIA's libraries on the emulated device
    only where `libraries` has their headers."""
    sources = in_sources(root)
    allowed = set(cmake_list(root, "FGCN_OPS_WITHOUT_CUDA"))
    used = set()
    ops = declared(root)
    for entry, found in sources.items():
        for device in DEVICES:
            if device in found:
                continue
            excuse = allowed & {entry, ops[entry]} if device != "cpu" else set()
            used |= excuse
            if not excuse:
                yield f"{entry} (kernels/{ops[entry]}) has no version for {device}"
    for name in sorted(allowed - used):
        yield f"FGCN_OPS_WITHOUT_CUDA names {name}, which lacks none"
    if program is None:
        return
    linked = in_program(program)
    for entry, found in sources.items():
        for device, name in found.items():
            library = re.search(r"_(\w+)\.cpp$", name) if device == "emulated" else None
            if library and library[1] in LIBRARIES and library[1] not in libraries:
                continue
            if device == "cuda" and not any(d == "cuda" for d, _ in linked):
                continue
            if (device, entry) not in linked:
                yield f"{entry} is in {name}, but {os.path.basename(program)} has none for {device}"
