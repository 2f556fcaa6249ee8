#!/usr/bin/env bash
# measure_photos.sh OUT PHOTO... [-- fgcn_recon options]: reconstructs every photo and prints the
# success rate and the medians and percentiles of the measures. Needs the release build and python3.
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: $0 OUT PHOTO... [-- fgcn_recon options]" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
out=$1
shift
photos=()
while [[ $# -gt 0 && $1 != -- ]]; do photos+=("$1"); shift; done
[[ $# -gt 0 ]] && shift
program=$root/build/release/bin/fgcn_recon
[[ -x $program ]] || program=$root/build/dev/bin/fgcn_recon
mkdir -p "$out"
code=0
/usr/bin/time -f '%M' -o "$out/peak_kib" "$program" "${photos[@]}" -o "$out" --json "$@" \
  >"$out/results.json" 2>"$out/messages" || code=$?
[[ $code -le 2 ]] || { tail -n 3 "$out/messages" >&2; exit "$code"; }
python3 "$root/scripts/measure_summary.py" "$out/results.json" "$(tail -n 1 "$out/peak_kib")"
