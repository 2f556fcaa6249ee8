#!/usr/bin/env bash
# test_preset.sh PRESET [LABELS]: builds the programs of the quick tests with another preset (asan, debug) and runs
# those tests, or only the ones whose label matches LABELS, such as "core|io|train".
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?which preset? asan or debug}
cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" --target fgcn_quick
# ctest wants all of several -L: the second narrows the first.
ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" -L quick -LE f64 ${2:+-L "$2"}
