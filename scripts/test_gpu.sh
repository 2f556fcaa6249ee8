#!/usr/bin/env bash
# Everything that only a GPU can show, in one command: builds the preset `cuda` for this machine's
# GPUs, runs every test on one, short training runs, a reconstruction, NVIDIA's checkers and the
# benchmark. One file, report.txt in the folder of results, holds all that a reader needs of it.
#   scripts/test_gpu.sh [FOLDER]             FOLDER for results (default: out/gpu); must not exist yet
#   scripts/test_gpu.sh --rehearse [FOLDER]  the same steps, smaller, on the PTX simulator: needs no
#                                            GPU, but nvcc and the preset `dev` (default: out/gpu-rehearsal)
# Exit code: 0 all passed, 2 this machine cannot do it (one sentence says why), 1 something failed.
# Tests and programs run on the first GPU; CUDA_VISIBLE_DEVICES chooses another.
set -euo pipefail
start=$PWD
cd "$(dirname "$0")/.."

refuse() {
  echo "test_gpu.sh: $*" >&2
  exit 2
}

rehearsal=
if [[ ${1:-} == --rehearse ]]; then
  rehearsal=yes
  shift
fi
[[ $# -le 1 && ${1:-} != -* ]] || refuse "--rehearse and one folder at most; see the head of this file"
out=$(realpath -m -- "${1:+$start/}${1:-out/gpu${rehearsal:+-rehearsal}}")
[[ ${1:-} != /* ]] || out=$(realpath -m -- "$1")
[[ ! -e $out ]] || refuse "$out exists already; name another folder for the results"

nvcc=${CUDACXX:-$(command -v nvcc || true)}
if [[ -z $nvcc && -x /usr/local/cuda/bin/nvcc ]]; then nvcc=/usr/local/cuda/bin/nvcc; fi
[[ -n $nvcc ]] || refuse "no nvcc; install the CUDA toolkit, or name its compiler in CUDACXX"
command -v "$nvcc" >/dev/null || refuse "CUDACXX names $nvcc, which cannot be started"
generations=()
if [[ -n $rehearsal ]]; then
  gpus="the PTX simulator, as sm_${FGCN_PTX_ARCH:=120}"
  export FGCN_PTX_ARCH
else
  command -v nvidia-smi >/dev/null ||
    refuse "no nvidia-smi: this machine has no NVIDIA driver; scripts/test.sh needs no GPU"
  chosen=()
  if [[ ${CUDA_VISIBLE_DEVICES:-} =~ ^[0-9]+(,[0-9]+)*$ ]]; then
    chosen=(--id="$CUDA_VISIBLE_DEVICES")
  fi
  gpus=$(nvidia-smi "${chosen[@]}" --query-gpu=name,compute_cap,driver_version \
    --format=csv,noheader 2>&1) ||
    refuse "the driver reports no GPU (nvidia-smi: $(head -n 1 <<<"$gpus"))"
  [[ -n $gpus ]] || refuse "the driver reports no GPU"
  mapfile -t found < <(sed -n 's/.*, *\([0-9]*\)\.\([0-9]\),.*/\1\2/p' <<<"$gpus" | sort -nu)
  [[ ${#found[@]} -gt 0 ]] || refuse "nvidia-smi does not say the GPU's generation: $gpus"
  for generation in "${found[@]}"; do
    if "$nvcc" --list-gpu-code | grep -qx "sm_$generation"; then generations+=("$generation"); fi
  done
  [[ ${#generations[@]} -gt 0 ]] ||
    refuse "$nvcc makes no code for this GPU (sm_${found[*]}); install a toolkit that does"
fi

scripts/install.sh
# Programs of the rehearsal are the same sources with the simulator for a GPU.
if [[ -n $rehearsal ]]; then
  build=build/dev suffix=_ptx
  cmake --preset dev -DFGCN_PTX=ON >/dev/null
  cmake --build "$build" --target fgcn_bench_ptx fgcn_recon_ptx fgcn_train_ptx fgcn_test_ptx \
    fgcn_test_ptx_device
  # A simulator takes days for what a GPU does in minutes.
  steps=2 faces=1 batch=(--batch 1) benchmark=(--tiny) recon=(--size 64 --texture-size 256)
  checks=("-tc=spmm*,gather*" "-tc=*pinned*,*fit and its gradient*")
  tests=("$build/bin/fgcn_test_ptx" "-tc=*agree*")
else
  build=build/gpu suffix=
  architectures=$(printf '%s-real;' "${generations[@]}")
  cmake --preset cuda -B "$build" -DCMAKE_CUDA_COMPILER="$nvcc" \
    -DCMAKE_CUDA_ARCHITECTURES="${architectures%;}" >/dev/null
  cmake --build "$build"
  steps=60 faces=20 batch=() benchmark=() recon=()
  # The emulator's own tests have faults on purpose, but none of them on the GPU.
  checks=("-tce=*emulator*" "-tc=*pinned*,*graph*,*fit and its gradient*,*penalty*,*refined*")
  # Not beside each other: they share one GPU's memory.
  tests=(ctest --test-dir "$build" --output-on-failure)
fi
bin=$build/bin
mkdir -p "$out"
report=$out/report.txt
version() {  # HEADER PREFIX: of a library of NVIDIA's, from the header that the build used
  local header
  header=$(find -L "$(dirname "$(dirname "$(readlink -f "$(command -v "$nvcc")")")")" /usr/include \
    -name "$1" 2>/dev/null | head -n 1)
  [[ -n $header ]] || { echo "not found"; return; }
  sed -n "s/^#define *$2_\(VER_\)\?\(MAJOR\|MINOR\|PATCH\|PATCHLEVEL\)  *\([0-9][0-9]*\).*/\3/p" "$header" |
    head -n 3 | paste -sd.
}
{
  echo "fgcn on a GPU${rehearsal:+: rehearsed on the PTX simulator; no figure is from a GPU}"
  date -u '+%Y-%m-%d %H:%M UTC'
  echo "source    $(git describe --always --dirty 2>/dev/null || echo 'not from git')"
  echo "GPUs      $gpus"
  echo "nvcc      $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\), \(V[0-9.]*\).*/\2/p')"
  echo "cuDNN     $(version cudnn_version.h CUDNN)"
  echo "cuBLAS    $(version cublas_api.h CUBLAS)"
  echo "compiler  $(c++ --version | head -n 1)"
  echo "system    $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), $(uname -mr)"
  echo "processor $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
  echo
  printf '%-24s %-10s %8s\n' step result seconds
} | tee "$report"

failed=()
record() {  # NAME RESULT SECONDS
  printf '%-24s %-10s %8s\n' "$1" "$2" "$3" >>"$report"
}
step() {  # NAME COMMAND...: its output goes to the screen and to NAME.txt
  local name=$1 begun=$SECONDS
  shift
  echo "== $name"
  if "$@" 2>&1 | tee "$out/$name.txt"; then
    record "$name" passed $((SECONDS - begun))
  else
    failed+=("$name")
    record "$name" FAILED $((SECONDS - begun))
  fi
}

# The small face model, whether or not the head was made: these are checks of kernels.
export FGCN_FACE_MODEL=embedded
step device "$bin/fgcn_bench$suffix" --device cuda --tiny --only spmm
if [[ ${#failed[@]} -gt 0 ]]; then
  { echo; cat "$out/device.txt"; } >>"$report"
  refuse "the GPU cannot be used; see $report"
fi
step tests "${tests[@]}"

# The same weights, bit by bit: twice with graphs, and without.
train() {
  "$bin/fgcn_train$suffix" train --device cuda --steps $steps --gain-faces $faces --seed 5 "${batch[@]}" \
    "${@:2}" --out "$out/$1"
}
step train train train
step train_again train train_again
step train_plain train train_plain --graph off
same_weights() {
  local other
  for other in train_again train_plain; do
    cmp "$out/train/weights.safetensors" "$out/$other/weights.safetensors" || return 1
  done
  echo "$steps steps: the same weights twice with graphs and once without"
}
step same_weights same_weights
step evaluate "$bin/fgcn_train$suffix" evaluate \
  "$out/train/weights.safetensors" --device cuda --faces $faces

# A photograph, on the GPU and on the CPU: the same face.
portrait() {
  local device
  for device in cuda cpu; do
    "$bin/fgcn_recon$suffix" "$out/portrait.png" -o "$out/recon_$device" --device $device --json \
      "${recon[@]}" >"$out/recon_$device.json" || return 1
  done
  python3 - "$out/recon_cuda.json" "$out/recon_cpu.json" <<'PYTHON'
import json, sys
gpu, cpu = (json.load(open(path))[0] for path in sys.argv[1:])
off = 0.0
for stage in ("coarse", "projected", "refined"):
    there, here = gpu[stage]["psnr"], cpu[stage]["psnr"]
    print(f"{stage}: {there:.3f} dB on the GPU, {here:.3f} dB on the CPU")
    off = max(off, abs(there - here))
# Hundreds of steps of an optimiser, each rounded otherwise.
sys.exit(0 if off <= 0.1 else f"the two differ by {off:.3f} dB")
PYTHON
}
if scripts/demo_photo.sh "$out/portrait.png" 2>"$out/portrait.txt"; then
  step portrait portrait
else
  echo "== portrait: left out, the photograph could not be fetched"
  failed+=("portrait (not fetched)")
  record portrait "LEFT OUT" 0
fi

checker=$(command -v compute-sanitizer || command -v "$(dirname "$(command -v "$nvcc")")/compute-sanitizer" || true)
for tool in memcheck racecheck synccheck initcheck; do
  if [[ -n $rehearsal ]]; then
    # The simulator itself looks for what NVIDIA's checkers look for, all of it at once.
    [[ $tool == memcheck ]] || continue
    step "$tool" "$bin/fgcn_test_ptx_device" "${checks[1]}"
    step "$tool-operators" "$bin/fgcn_test_ptx" "${checks[0]}"
    continue
  fi
  if [[ -z $checker ]]; then
    echo "== $tool: left out, compute-sanitizer is not installed (it comes with the toolkit)"
    failed+=("$tool (not installed)")
    record "$tool" "LEFT OUT" 0
    continue
  fi
  step "$tool" "$checker" --tool "$tool" --error-exitcode 1 "$bin/fgcn_test_device" "${checks[1]}"
  step "$tool-operators" "$checker" --tool "$tool" --error-exitcode 1 "$bin/fgcn_test" \
    "${checks[0]}"
done

step benchmark "$bin/fgcn_bench$suffix" --device cuda "${benchmark[@]}" --json "$out/benchmark.json"

{
  for name in "${failed[@]}"; do
    [[ -e $out/$name.txt ]] || continue
    printf '\n== %s: the end of what it said\n' "$name"
    tail -n 40 "$out/$name.txt"
  done
  printf '\n== benchmark\n'
  cat "$out/benchmark.txt" 2>/dev/null
} >>"$report"
cat <<TEXT

What this run looked at that nothing on a CPU can show (docs/dev/gpu-without-a-gpu.md):
  tests            what ptxas makes of the kernels; launch limits of this GPU (registers, shared
                   memory); stream capture by the driver; copies that really are asynchronous; the
                   algorithms and the rounding of cuBLAS and cuDNN
  train, same_weights
                   a training as a whole; the same bits each time, with graphs and without
  portrait         a reconstruction as a whole, beside the CPU's
  memcheck .. initcheck
                   accesses out of bounds, races within a block and barriers on real warps, memory
                   that nobody wrote
  benchmark        speed, which nothing else here measures: $out/benchmark.json
The file to send: $report
TEXT
if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'test_gpu.sh: failed or left out: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "test_gpu.sh: all passed on $(head -n 1 <<<"$gpus")"
