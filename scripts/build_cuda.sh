#!/usr/bin/env bash
# Builds every .cu file with nvcc for each GPU generation that the toolkit knows (sm_75 to sm_120,
# cmake/cuda.cmake), warnings as errors, and links the programs and the device tests with the real
# cuBLAS, cuSPARSE and cuDNN. Needs the toolkit, but no GPU, and runs nothing.
#   scripts/build_cuda.sh [--all]     --all: every target of the preset, all test programs included
# Says so in one line, and succeeds, where there is no toolkit.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(--target fgcn_recon fgcn_eval fgcn_train fgcn_bench fgcn_data fgcn_test_device)
case "${1:-}" in
  "") ;;
  --all) targets=() ;;
  *)
    echo "build_cuda.sh: there is no option '$1'; see the head of this file" >&2
    exit 2
    ;;
esac

nvcc=${CUDACXX:-$(command -v nvcc || true)}
if [[ -z $nvcc && -x /usr/local/cuda/bin/nvcc ]]; then nvcc=/usr/local/cuda/bin/nvcc; fi
if [[ -z $nvcc ]]; then
  echo "build_cuda.sh: no nvcc: the CUDA kernels are not compiled for GPUs here, only for the emulator"
  exit 0
fi
scripts/install.sh
cmake --preset cuda -DCMAKE_CUDA_COMPILER="$nvcc" >/dev/null
cmake --build --preset cuda "${targets[@]}"

# What was built is what was meant: code for every generation that the toolkit knows, no library
# of NVIDIA's unresolved or replaced.
object=build/cuda/kernels/CMakeFiles/fgcn_cuda.dir/spmm/spmm_cuda.cu.o
built=()
for generation in 75 80 86 89 90 100 120; do
  "$nvcc" --list-gpu-code | grep -qx "sm_$generation" || continue
  # The name of the generation stands in the compiler's notes within the machine code.
  if ! grep -aq "sm_$generation" "$object"; then
    echo "build_cuda.sh: $object has no code for sm_$generation" >&2
    exit 1
  fi
  built+=("sm_$generation")
done
for program in fgcn_recon fgcn_eval fgcn_train fgcn_bench fgcn_test_device; do
  for library in libcublas libcudnn; do
    if ! readelf -d "build/cuda/bin/$program" | grep -q "NEEDED.*$library"; then
      echo "build_cuda.sh: $program is not linked with $library" >&2
      exit 1
    fi
  done
done
echo "build_cuda.sh: built with $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/nvcc \1/p') for ${built[*]}"
