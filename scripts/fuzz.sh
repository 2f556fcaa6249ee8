#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET...]: builds the readers' fuzz targets with clang and runs each for SECONDS
# (60 by default). Stops at the first finding and prints where the input that causes it lies.
# FGCN_FUZZ_SEED=N repeats the same inputs.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true

cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DFGCN_FUZZ=ON >/dev/null
cmake --build build/fuzz
build/fuzz/bin/write_seeds build/fuzz/seeds

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for program in build/fuzz/bin/*_fuzz; do targets+=("$(basename "$program")"); done
fi
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target
  findings=build/fuzz/findings/$target
  mkdir -p "$corpus" "$findings" "build/fuzz/seeds/$target"
  log=build/fuzz/$target.log
  dictionary=tests/fuzz/$target.dict
  if "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    $([[ -f $dictionary ]] && echo "-dict=$dictionary") \
    -artifact_prefix="$findings/" -print_final_stats=1 ${FGCN_FUZZ_SEED:+-seed="$FGCN_FUZZ_SEED"} \
    "$corpus" "build/fuzz/seeds/$target" >"$log" 2>&1; then
    echo "$target: $(grep -o 'number_of_executed_units: *[0-9]*' "$log" | grep -o '[0-9]*$') inputs, no finding"
  else
    tail -n 40 "$log"
    echo "$target: a finding; the input is in $findings"
    exit 1
  fi
done
