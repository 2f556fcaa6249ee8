#!/bin/sh
# Ends a training on photos many times with kill -9 at random moments, resumes it each time, and
# compares what comes of it with a run that was left alone: weights, checkpoint and log must be the
# same, byte for byte.
#   scripts/kill_resume.sh KILLS FOLDER PROGRAM OPTIONS...    (OPTIONS without --out and --resume)
# FOLDER/whole and FOLDER/killed are made anew. LONGEST=5: seconds a start may live at most.
set -eu
[ $# -ge 3 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
kills=$1 folder=$2
shift 2
rm -rf "$folder/whole" "$folder/killed" "$folder/killed.txt"
mkdir -p "$folder"
"$@" --out "$folder/whole" >"$folder/whole.txt" 2>&1

done_kills=0 finished=0 resume=
while [ "$done_kills" -lt "$kills" ]; do
  "$@" --out "$folder/killed" $resume >>"$folder/killed.txt" 2>&1 &
  child=$!
  sleep "$(awk -v seed="$done_kills$$" -v most="${LONGEST:-5}" \
    'BEGIN { srand(seed); printf "%.3f", 0.05 + rand() * most }')"
  if kill -9 "$child" 2>/dev/null; then done_kills=$((done_kills + 1)); fi
  status=0
  wait "$child" 2>/dev/null || status=$?
  case $status in
    137) ;;
    0) finished=1; break ;;
    *) echo "kill_resume: a start ended with $status; see $folder/killed.txt" >&2; exit 1 ;;
  esac
  # Killed before its first checkpoint: begin again.
  if ls "$folder"/killed/checkpoint-*.safetensors >/dev/null 2>&1; then resume=--resume; else resume=; fi
done
[ "$finished" -eq 1 ] || "$@" --out "$folder/killed" $resume >>"$folder/killed.txt" 2>&1

same=1
for file in weights.safetensors best.safetensors loss.csv samples.png validation.jsonl \
  "$(cd "$folder/whole" && ls checkpoint-*.safetensors | sort | tail -n 1)"; do
  [ -e "$folder/whole/$file" ] || continue
  cmp "$folder/whole/$file" "$folder/killed/$file" || same=0
done
left=$(find "$folder/killed" -name '.*.tmp' | wc -l)
echo "$done_kills kills, $(grep -c '^resumed from' "$folder/killed.txt") resumptions," \
  "$left temporary files left; $([ "$same" -eq 1 ] && echo 'all files the same' || echo DIFFERENT)"
[ "$same" -eq 1 ] && [ "$left" -eq 0 ]
