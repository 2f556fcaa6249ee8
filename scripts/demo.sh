#!/usr/bin/env bash
# demo.sh [PHOTO...]: install, build, and turn photographs into textured 3D faces.
# Without photos: the portrait of an astronaut (NASA, public domain) from a Debian package.
# Results go to ./out, or to $FGCN_OUT.
set -euo pipefail
cd "$(dirname "$0")/.."
start=$PWD
photos=()
for photo in "$@"; do photos+=("$(realpath -- "$photo")"); done

scripts/install.sh
echo "Building (a few minutes the first time)"
cmake --preset release >/dev/null
cmake --build --preset release --target fgcn_recon | tail -n 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ${#photos[@]} -eq 0 ]]; then
  # Unpacked, not installed: only the picture is wanted.
  (
    cd "$work"
    chmod 755 .
    apt-get download -qq python3-skimage 2>/dev/null || {
      if [[ $(id -u) -eq 0 ]]; then apt-get update -qq; else sudo apt-get update -qq; fi
      apt-get download -qq python3-skimage
    }
    dpkg-deb -x python3-skimage_*.deb unpacked
    mv unpacked/usr/lib/python3/dist-packages/skimage/data/astronaut.png .
  )
  photos=("$work/astronaut.png")
fi

out=${FGCN_OUT:-$start/out}
build/release/bin/fgcn_recon "${photos[@]}" -o "$out"
echo
echo "Results in $out:"
ls -1 "$out"
echo
echo "Look at $out/*_compare.png first; *.glb opens in Blender and in web viewers."
