#!/usr/bin/env bash
# check_odr.sh [--tests]: merges the objects of all programs (--tests: and of all tests) with link-time types, where
# g++ reports two types of one name that differ (-Wodr, an error in the preset `odr`). No code is generated and
# nothing is run. First two seeded types must be found, or the check itself is dead.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
cmake --preset odr >/dev/null
if seeded=$(cmake --build --preset odr --target fgcn_seeded_odr 2>&1); then
  echo "check_odr.sh: two types of one name were merged without a word" >&2
  exit 1
fi
if [[ $seeded != *"violates the C++ One Definition Rule"* ]]; then
  echo "check_odr.sh: the seeded types do not build for another reason:" >&2
  echo "$seeded" >&2
  exit 1
fi
targets=(fgcn_odr)
if [[ ${1:-} == --tests ]]; then targets+=(fgcn_odr_tests); fi
if ninja -C build/odr -t commands "${targets[@]}" | grep -oE ' -o (bin|lib)/[^ ]+' >&2; then
  echo "check_odr.sh: these would be linked, which generates code" >&2
  exit 1
fi
cmake --build --preset odr --target "${targets[@]}"
echo "check_odr.sh: no type has two definitions (${SECONDS} s)"
