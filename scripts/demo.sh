#!/usr/bin/env bash
# demo.sh [PHOTO...]: install, build, and turn photographs into textured 3D faces.
# Without photos: the portrait of an astronaut (NASA, public domain) from a Debian package.
# Results go to ./out, or to $FGCN_OUT.
set -euo pipefail
start=$PWD
photos=()
for photo in "$@"; do photos+=("$(realpath -- "$photo")"); done
out=$(realpath -m -- "${FGCN_OUT:-$start/out}")
cd "$(dirname "$0")/.."

scripts/install.sh
echo "Building (a few minutes the first time)"
cmake --preset release >/dev/null
cmake --build --preset release --target fgcn_recon fgcn_data | tail -n 1
scripts/head_model.sh build/release/bin/fgcn_data

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ${#photos[@]} -eq 0 ]]; then
  scripts/demo_photo.sh "$work/astronaut.png"
  photos=("$work/astronaut.png")
fi

build/release/bin/fgcn_recon "${photos[@]}" -o "$out"
echo
echo "Results in $out:"
ls -1 "$out"
echo
echo "Look at $out/*_compare.png first; *.glb opens in Blender and in web viewers."
