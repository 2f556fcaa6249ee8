#!/usr/bin/env bash
# Bytes and registers of the CUDA kernels, modeled without a GPU (docs/results/kernel-report.md).
# Builds what it needs (clang, no GPU; registers and occupancy where nvcc is), runs every operator's
# cases at the sizes of a face, and prints tables in Markdown.
#   scripts/kernel_report.sh [--small] [--only OPERATOR].. [--lines] [--no-nvcc] [--arch ARCH]..
#                            [--json FILE] [--check FILE]
# --small    small sizes, for CI     --lines    also every access, by source line
# --json     writes the figures      --check    compares with figures that --json wrote
# --no-nvcc  memory only             --arch     of nvcc's figures, such as 90 (default: all)
# Exit code: 0 done; 1 a figure got worse, or a kernel spills; 2 it could not run.
set -euo pipefail
here=$(pwd)
cd "$(dirname "$0")/.."

traffic=()
report=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --small) traffic+=("$1") ;;
    --arch) report+=("$1" "${2:?--arch: which one?}"); shift ;;
    --only) traffic+=("$1" "${2:?--only: which operator?}"); shift ;;
    --lines | --no-nvcc) report+=("$1") ;;
    --json | --check)
      file=${2:?$1: which file?}
      [[ $file == /* ]] || file=$here/$file
      report+=("$1" "$file")
      shift ;;
    *) sed -n '2,12s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done

if ! command -v clang++ >/dev/null; then
  echo "kernel_report: clang++ is missing: scripts/install.sh clang" >&2
  exit 2
fi
cmake --preset dev >/dev/null
cmake --build --preset dev --target fgcn_kernel_traffic >/dev/null
out=build/dev/kernel_report
mkdir -p "$out"
OMP_WAIT_POLICY=passive build/dev/bin/fgcn_kernel_traffic "${traffic[@]}" --json "$out/traffic.json"
python3 scripts/kernel_report.py "$out/traffic.json" --program build/dev/bin/fgcn_kernel_traffic \
  --root "$PWD" --cache "$out/nvcc" "${report[@]}"
