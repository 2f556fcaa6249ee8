#!/usr/bin/env bash
# sanitize_programs.sh [PHOTOS [COUNT]]: whole programs under AddressSanitizer and UndefinedBehaviorSanitizer:
# recon with every kind of output, again over its own results, eval, prepare, training of both tasks, and the
# documented imports. COUNT (20) photos are drawn from the folder PHOTOS, with another seed each day; without PHOTOS
# the demo's portrait is taken. Ends with 1 when a program is stopped by a sanitizer, or by anything else.
set -uo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in -*) sed -n '2,5s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;; esac
count=${2:-20}
cmake --preset asan >/dev/null && cmake --build --preset asan \
  --target fgcn_recon fgcn_eval fgcn_data fgcn_train >/dev/null || exit
bin=build/asan/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/photos"
if [ -n "${1:-}" ]; then
  find "$1" -type f \( -name '*.jpg' -o -name '*.png' \) | sort |
    shuf -n "$count" --random-source=<(yes "${SANITIZE_SEED:-$(date +%F)}") >"$work/list.txt"
  i=0
  while read -r photo; do
    i=$((i + 1))
    cp "$photo" "$work/photos/$(printf %03d $i)_$(basename "$photo")"
  done <"$work/list.txt"
else
  scripts/demo_photo.sh "$work/photos/portrait.png" || exit
fi

failed=0
# A reported fault ends a program with 99; photos without a face give 2.
export ASAN_OPTIONS=exitcode=99:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
run() {
  local begin=$SECONDS code=0
  "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
  printf '%4d s, code %d: %s\n' $((SECONDS - begin)) $code "$(sed "s|$work|WORK|g" <<<"$*")"
  if [ $code -ne 0 ] && [ $code -ne 2 ] || grep -qE 'ERROR: |runtime error' "$work/err.txt"; then
    failed=1
    tail -n 40 "$work/err.txt"
  elif [ $code -eq 2 ]; then
    tail -n 3 "$work/err.txt"
  fi
}
training=(--threads 2 --set batch=2 --set steps=3 --set checkpoint_every=2)
run $bin/fgcn_data embedded -o "$work/face.safetensors"
run $bin/fgcn_recon "$work/photos" -o "$work/out" --faces all --json
run $bin/fgcn_recon "$work/photos" -o "$work/out" --skip-done --jsonl
run $bin/fgcn_recon "$work/photos" -o "$work/no_network" --weights none --texture-size 512
run $bin/fgcn_eval "$work/photos" -o "$work/eval"
run $bin/fgcn_data prepare "$work/photos" -o "$work/set.fgd" --keep-doubtful
run $bin/fgcn_data info "$work/set.fgd" --json
run $bin/fgcn_train train "${training[@]}" --out "$work/synthetic"
run $bin/fgcn_train train "${training[@]}" --data "$work/set.fgd" --preset reference --set identity=0 \
  --set validation_photos=2 --out "$work/trained"
exit $failed
