#!/usr/bin/env bash
# Everything that only a GPU can show, in one command: builds the preset `cuda` for this machine's
# GPUs, runs every test on one, two short training runs, NVIDIA's checkers and the benchmark.
#   scripts/test_gpu.sh [FOLDER]     FOLDER for results (default: out/gpu); must not exist yet
# Exit code: 0 all passed, 2 this machine cannot do it (one sentence says why), 1 something failed.
# Tests and programs run on the first GPU; CUDA_VISIBLE_DEVICES chooses another.
set -euo pipefail
start=$PWD
cd "$(dirname "$0")/.."

refuse() {
  echo "test_gpu.sh: $*" >&2
  exit 2
}

[[ $# -le 1 ]] || refuse "one folder at most; see the head of this file"
out=$(realpath -m -- "${1:+$start/}${1:-out/gpu}")
[[ ${1:-} != /* ]] || out=$(realpath -m -- "$1")
[[ ! -e $out ]] || refuse "$out exists already; name another folder for the results"

nvcc=${CUDACXX:-$(command -v nvcc || true)}
if [[ -z $nvcc && -x /usr/local/cuda/bin/nvcc ]]; then nvcc=/usr/local/cuda/bin/nvcc; fi
[[ -n $nvcc ]] || refuse "no nvcc; install the CUDA toolkit, or name its compiler in CUDACXX"
command -v "$nvcc" >/dev/null || refuse "CUDACXX names $nvcc, which cannot be started"
command -v nvidia-smi >/dev/null ||
  refuse "no nvidia-smi: this machine has no NVIDIA driver; scripts/test.sh needs no GPU"
gpus=$(nvidia-smi --query-gpu=name,compute_cap,driver_version --format=csv,noheader 2>&1) ||
  refuse "the driver reports no GPU (nvidia-smi: $(head -n 1 <<<"$gpus"))"
[[ -n $gpus ]] || refuse "the driver reports no GPU"
mapfile -t generations < <(sed -n 's/.*, *\([0-9]*\)\.\([0-9]\),.*/\1\2/p' <<<"$gpus" | sort -nu)
[[ ${#generations[@]} -gt 0 ]] || refuse "nvidia-smi does not say the GPU's generation: $gpus"
for generation in "${generations[@]}"; do
  "$nvcc" --list-gpu-code | grep -qx "sm_$generation" ||
    refuse "$nvcc makes no code for this GPU (sm_$generation); install a toolkit that does"
done

scripts/install.sh
architectures=$(printf '%s-real;' "${generations[@]}")
build=build/gpu
cmake --preset cuda -B "$build" -DCMAKE_CUDA_COMPILER="$nvcc" \
  -DCMAKE_CUDA_ARCHITECTURES="${architectures%;}" >/dev/null
cmake --build "$build"
bin=$build/bin
mkdir -p "$out"
{
  date
  echo "$gpus"
  "$nvcc" --version | tail -n 2
} | tee "$out/machine.txt"

failed=()
step() {  # NAME COMMAND...: its output goes to the screen and to NAME.txt
  local name=$1
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$out/$name.txt" || failed+=("$name")
}

step device "$bin/fgcn_bench" --device cuda --tiny --only spmm
[[ ${#failed[@]} -eq 0 ]] || refuse "the GPU cannot be used; see $out/device.txt"
# Not beside each other: they share one GPU's memory.
step tests ctest --test-dir "$build" --output-on-failure

# The same weights, bit by bit: twice with graphs, and without.
train() { "$bin/fgcn_train" --device cuda --steps 60 --tone-faces 20 --seed 5 "${@:2}" --out "$out/$1"; }
step train train train
step train_again train train_again
step train_plain train train_plain --graph off
same_weights() {
  local other
  for other in train_again train_plain; do
    cmp "$out/train/weights.safetensors" "$out/$other/weights.safetensors" || return 1
  done
  echo "60 steps: the same weights twice with graphs and once without"
}
step same_weights same_weights
step evaluate "$bin/fgcn_train" --device cuda --evaluate "$out/train/weights.safetensors" --faces 20

checker=$(command -v compute-sanitizer || true)
for tool in memcheck racecheck synccheck initcheck; do
  if [[ -z $checker ]]; then
    echo "== $tool: left out, compute-sanitizer is not installed (it comes with the toolkit)"
    failed+=("$tool (not installed)")
    continue
  fi
  # The emulator's own tests have faults on purpose, but none of them on the GPU.
  step "$tool" "$checker" --tool "$tool" --error-exitcode 1 "$bin/fgcn_test_device" \
    -tc='*pinned*,*graph*,*fit and its gradient*,*penalty*,*refined*'
  step "$tool-operators" "$checker" --tool "$tool" --error-exitcode 1 "$bin/fgcn_test" \
    -tce='*emulator*'
done

step benchmark "$bin/fgcn_bench" --device cuda --json "$out/benchmark.json"

cat <<TEXT

What this run looked at that the emulator cannot show (docs/emulator.md):
  tests            nvcc's rounding and contraction to fma; launch limits of this GPU (registers,
                   shared memory); stream capture by the driver; copies that really are
                   asynchronous; the algorithms and the rounding of cuBLAS and cuDNN
  train, same_weights
                   a training as a whole; the same bits each time, with graphs and without
  memcheck .. initcheck
                   accesses out of bounds, races within a block and barriers on real warps, memory
                   that nobody wrote: what the emulator's thread orders may have hidden
  benchmark        speed, which nothing else here measures: $out/benchmark.json
Results: $out
TEXT
if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'test_gpu.sh: failed or left out: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "test_gpu.sh: all passed on $(head -n 1 <<<"$gpus")"
