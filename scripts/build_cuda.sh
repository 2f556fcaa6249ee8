#!/usr/bin/env bash
# Builds every .cu file with nvcc for each GPU generation that the toolkit knows (sm_75 to sm_120,
# cmake/cuda.cmake), warnings as errors, and links the programs and the device tests with the real
# cuBLAS, cuSPARSE and, where configure finds it, cuDNN. Needs the toolkit, but no GPU, and runs
# nothing.
#   scripts/build_cuda.sh [--all] [--without-cudnn]
# --all            every target of the preset, all test programs included
# --without-cudnn  as if it were not there, in a folder of its own: conv2d by its own kernels
# Says so in one line, and succeeds, where there is no toolkit.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(--target fgcn_recon fgcn_eval fgcn_train fgcn_bench fgcn_coma fgcn_data fgcn_mesh_program fgcn_test_device)
build=build/cuda
cudnn=ON
for option in "$@"; do
  case $option in
    --all) targets=() ;;
    --without-cudnn)
      cudnn=OFF
      build=build/cuda-without-cudnn
      ;;
    *)
      echo "build_cuda.sh: there is no option '$option'; see the head of this file" >&2
      exit 2
      ;;
  esac
done

nvcc=${CUDACXX:-$(command -v nvcc || true)}
if [[ -z $nvcc && -x /usr/local/cuda/bin/nvcc ]]; then nvcc=/usr/local/cuda/bin/nvcc; fi
if [[ -z $nvcc ]]; then
  echo "build_cuda.sh: no nvcc: the CUDA kernels are not compiled for GPUs here, only for the emulator"
  exit 0
fi
command -v "$nvcc" >/dev/null || {
  echo "build_cuda.sh: CUDACXX names $nvcc, which cannot be started" >&2
  exit 2
}
scripts/install.sh
cmake --preset cuda -B "$build" -DCMAKE_CUDA_COMPILER="$nvcc" -DFGCN_CUDNN="$cudnn" |
  { grep -i "cudnn" || true; }
cmake --build "$build" "${targets[@]}"

# Checks the objects: code for every generation that the toolkit knows, no library
# of NVIDIA's unresolved or replaced.
object=$build/kernels/CMakeFiles/fgcn_cuda.dir/spmm/spmm_cuda.cu.o
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
# cuDNN is linked exactly where it was found.
found=$(sed -n 's/^FGCN_CUDNN_LIBRARY:[A-Z]*=//p' "$build/CMakeCache.txt")
if [[ $cudnn == ON && -n $found && $found != *-NOTFOUND ]]; then with=yes; else with=no; fi
for program in fgcn_recon fgcn_eval fgcn_train fgcn_bench fgcn_coma fgcn_test_device; do
  needed=$(readelf -d "$build/bin/$program" | grep NEEDED)
  if [[ $needed != *libcublas* ]]; then
    echo "build_cuda.sh: $program is not linked with libcublas" >&2
    exit 1
  fi
  if [[ $needed == *libcudnn* ]]; then linked=yes; else linked=no; fi
  if [[ $linked != "$with" ]]; then
    echo "build_cuda.sh: $program is linked with libcudnn: $linked, found at configure: $with" >&2
    exit 1
  fi
done
echo "build_cuda.sh: built with $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/nvcc \1/p') for ${built[*]}"
