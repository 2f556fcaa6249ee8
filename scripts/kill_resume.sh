#!/bin/sh
# Ends a training many times with kill -9 at random moments, resumes it each time, and
# compares what comes of it with a run that was left alone: weights, checkpoint and log must be the
# same, byte for byte.
#   scripts/kill_resume.sh KILLS FOLDER PROGRAM train OPTIONS...   (OPTIONS without --out and --resume)
# Counts kills that ended a living process. A run that ends before it was killed often enough is
# compared, and the next one begins. FOLDER/whole and FOLDER/killed are made anew.
# LONGEST=5: seconds a start may live at most.
set -eu
[ $# -ge 3 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 2; }
kills=$1 folder=$2
shift 2
rm -rf "$folder/whole" "$folder/killed" "$folder/killed.txt"
mkdir -p "$folder"
"$@" --out "$folder/whole" >"$folder/whole.txt" 2>&1

# start SECONDS OPTIONS...: its exit code in $status, 137 where the kill ended it.
start() {
  life=$1
  shift
  "$@" >>"$folder/killed.txt" 2>&1 &
  child=$!
  sleep "$life"
  kill -9 "$child" 2>/dev/null || :
  status=0
  wait "$child" 2>/dev/null || status=$?
}

compare() {
  for file in weights.safetensors best.safetensors loss.csv samples.png validation.jsonl \
    "$(cd "$folder/whole" && ls checkpoint-*.safetensors | sort | tail -n 1)"; do
    [ -e "$folder/whole/$file" ] || continue
    cmp "$folder/whole/$file" "$folder/killed/$file" || same=0
  done
  left=$((left + $(find "$folder/killed" -name '.*.tmp' | wc -l)))
}

done_kills=0 runs=0 late=0 same=1 left=0
while [ "$done_kills" -lt "$kills" ]; do
  rm -rf "$folder/killed"
  resume= status=137
  while [ "$status" -eq 137 ]; do
    if [ "$done_kills" -lt "$kills" ]; then
      life=$(awk -v seed="$done_kills$late$$" -v most="${LONGEST:-5}" \
        'BEGIN { srand(seed); printf "%.3f", 0.05 + rand() * most }')
      start "$life" "$@" --out "$folder/killed" $resume
    else
      status=0
      "$@" --out "$folder/killed" $resume >>"$folder/killed.txt" 2>&1 || status=$?
    fi
    case $status in
      137) done_kills=$((done_kills + 1)) ;;
      0) late=$((late + 1)) ;;
      *) echo "kill_resume: a start ended with $status; see $folder/killed.txt" >&2; exit 1 ;;
    esac
    # Killed before its first checkpoint: begin again.
    if ls "$folder"/killed/checkpoint-*.safetensors >/dev/null 2>&1; then resume=--resume; else resume=; fi
  done
  runs=$((runs + 1))
  compare
done
echo "$done_kills kills of a living process, $(grep -c '^resumed from' "$folder/killed.txt") resumptions," \
  "$runs runs ended, $left temporary files left;" \
  "$([ "$same" -eq 1 ] && echo 'all files the same' || echo DIFFERENT)"
[ "$same" -eq 1 ] && [ "$left" -eq 0 ]
