#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET...]: builds the readers' fuzz targets with clang and runs each for SECONDS
# (60 by default). Prints a line per target: inputs, inputs a second, edges reached. Stops at the
# first finding and prints where the input that causes it lies.
# FGCN_FUZZ_SEED=N repeats the same inputs. FGCN_FUZZ_RUNS=N ends a target after N inputs.
# FGCN_FUZZ_SEEDLESS=1 starts from nothing: what the seeds are worth. FGCN_FUZZ_JOBS=N targets run at a time
# (default: one a core).
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true

cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DFGCN_FUZZ=ON >/dev/null
cmake --build build/fuzz
build/fuzz/bin/write_seeds build/fuzz/seeds

# Readers that need a file on a disk get it in memory. Who allocated is not noted: a finding is run again by itself.
[[ -d /dev/shm ]] && export TMPDIR=/dev/shm
export ASAN_OPTIONS=${ASAN_OPTIONS:-malloc_context_size=0}
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for program in build/fuzz/bin/*_fuzz; do targets+=("$(basename "$program")"); done
fi
# One target, on one core; 255 ends xargs at the first finding.
run_target() {
  local target=$1 corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1 log=build/fuzz/$1.log
  mkdir -p "$corpus" "$findings" "build/fuzz/seeds/$target"
  local folders=("$corpus" "build/fuzz/seeds/$target") dictionary=()
  [[ -n ${FGCN_FUZZ_SEEDLESS:-} ]] && folders=()
  [[ -f tests/fuzz/$target.dict ]] && dictionary=(-dict="tests/fuzz/$target.dict")
  if "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    "${dictionary[@]}" -artifact_prefix="$findings/" -print_final_stats=1 ${FGCN_FUZZ_SEED:+-seed="$FGCN_FUZZ_SEED"} \
    ${FGCN_FUZZ_RUNS:+-runs="$FGCN_FUZZ_RUNS"} "${folders[@]}" >"$log" 2>&1; then
    figure() { grep -o "$1: *[0-9]*" "$log" | tail -n 1 | grep -o '[0-9]*$'; }
    echo "$target: $(figure number_of_executed_units) inputs, $(figure average_exec_per_sec) a second," \
      "$(figure cov) edges, no finding"
  else
    tail -n 40 "$log"
    echo "$target: a finding; the input is in $findings"
    return 255
  fi
}
export -f run_target
export seconds
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "${FGCN_FUZZ_JOBS:-$(nproc)}" bash -c 'run_target "$1"' fuzz.sh || exit 1
