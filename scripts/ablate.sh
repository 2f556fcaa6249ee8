#!/bin/sh
# The use of each loss of training on photos: trains with every one of them and with each left
# out in turn, from the same seed, then measures all on the test split.
#   scripts/ablate.sh DATA OUT [--identity NET] [--steps N] [--init WEIGHTS] [--preset NAME]
#                     [--only "NAME..."] [-- OPTIONS of fgcn_train train...]
# Writes OUT/all, OUT/without-NAME ... (the runs), OUT/eval.json, OUT/table.md, OUT/curves.csv and
# OUT/validation.csv (losses and validations of all runs). What is done is not done again; a run
# that was stopped goes on. --only: these losses. LIMIT: photos measured. FACES: synthetic faces (100).
# FGCN_BIN: the programs' folder. Exit code: 0 done; 3 stopped, the same command goes on; 2 an
# input was wrong.
set -eu
[ $# -ge 2 ] || { sed -n '2,11s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${FGCN_BIN:-}
for kind in release dev; do
  [ -n "$bin" ] || [ ! -x "$root/build/$kind/bin/fgcn_train" ] || bin=$root/build/$kind/bin
done
[ -n "$bin" ] || { echo "ablate: no programs; build them, or set FGCN_BIN" >&2; exit 2; }
data=$1 out=$2
shift 2
identity= steps=500 init= preset=default only=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ $# -ge 2 ] || { echo "ablate: $1 needs a value" >&2; exit 2; }
  case $1 in
    --identity) identity=$2 ;;
    --steps) steps=$2 ;;
    --init) init=$2 ;;
    --preset) preset=$2 ;;
    --only) only=$2 ;;
    *) echo "ablate: $1 is not known" >&2; exit 2 ;;
  esac
  shift 2
done
[ $# -eq 0 ] || shift
mkdir -p "$out"

train() { # NAME OPTIONS...
  name=$1
  shift
  if [ -e "$out/$name/done" ]; then echo "ablate: $name is done" >&2; return; fi
  resume=
  if ls "$out/$name"/checkpoint-*.safetensors >/dev/null 2>&1; then resume=--resume; fi
  echo "ablate: $name" >&2
  "$bin/fgcn_train" train --data "$data" --preset "$preset" --steps "$steps" --out "$out/$name" \
    ${identity:+--identity "$identity"} ${init:+--init "$init"} $resume "$@"
  touch "$out/$name/done"
}

# The losses that the preset and the options ask for: weights of these settings that are not 0.
losses=$("$bin/fgcn_train" train --list-settings --data "$data" --preset "$preset" ${identity:+--set identity=0.2} "$@" |
  sed -n -E 's/^(texture|project|pixel|identity|symmetry|variance|l2|adversary|synthetic)=([^ ]*) .*/\1 \2/p' |
  awk '$2 != 0 { print $1 }')
if [ -z "$identity" ]; then losses=$(echo "$losses" | grep -vx identity || :); fi
[ -z "$only" ] || losses=$only

base=
if [ -n "$identity" ]; then base="--set identity=0.2"; else base="--set identity=0"; fi
train all $base "$@"
for loss in $losses; do train "without-$loss" $base "$@" --set "$loss=0"; done

echo "ablate: measuring on the test split" >&2
runs="all"
for loss in $losses; do runs="$runs without-$loss"; done
weights=
for run in $runs; do weights="$weights --weights $out/$run/weights.safetensors"; done
newest=$(ls -t $(for run in $runs; do echo "$out/$run/weights.safetensors"; done) | head -n 1)
if [ ! -e "$out/eval.json" ] || [ "$newest" -nt "$out/eval.json" ] ||
  [ "$runs" != "$(cat "$out/runs.txt" 2>/dev/null)" ]; then
  # shellcheck disable=SC2086
  "$bin/fgcn_eval" --data "$data" --split test $weights ${identity:+--identity "$identity"} \
    --synthetic "${FACES:-100}" ${LIMIT:+--limit "$LIMIT"} --json >"$out/eval.json.tmp"
  mv "$out/eval.json.tmp" "$out/eval.json"
  echo "$runs" >"$out/runs.txt"
fi
python3 "$root/scripts/ablate_table.py" "$out" $runs
echo "ablate: $out/table.md" >&2
