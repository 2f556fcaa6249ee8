#!/usr/bin/env bash
# demo_photo.sh FILE.png: the portrait of an astronaut (NASA, public domain) out of a Debian package.
set -euo pipefail
[[ $# -eq 1 ]] || { echo "demo_photo.sh: name the file to write" >&2; exit 2; }
to=$(realpath -m -- "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Unpacked, not installed: only the picture is wanted.
cd "$work"
chmod 755 .
apt-get download -qq python3-skimage 2>/dev/null || {
  if [[ $(id -u) -eq 0 ]]; then apt-get update -qq; else sudo apt-get update -qq; fi
  apt-get download -qq python3-skimage
}
dpkg-deb -x python3-skimage_*.deb unpacked
mv unpacked/usr/lib/python3/dist-packages/skimage/data/astronaut.png "$to"
