#!/usr/bin/env bash
# Installs what building and running need, from the distribution's own packages. Does nothing, and
# asks for no rights, when all of it is there. Further packages may be named.
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache pkg-config
  libeigen3-dev zlib1g-dev libssl-dev nlohmann-json3-dev libcli11-dev libstb-dev
  # dlib's build file names the development packages of what it was built with.
  libdlib-dev libdlib-data libblas-dev liblapack-dev libjpeg-dev libpng-dev libsqlite3-dev
  # Further formats of photos and color profiles; a build without them says so.
  libwebp-dev libtiff-dev libheif-dev liblcms2-dev
  # Face models of BFM 2017 and 2019; a build without it says so.
  libhdf5-dev
  doctest-dev
  # Fetches the data of the whole head (scripts/head_model.sh).
  python3-pip
  "$@"
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [[ $status == "install ok installed" ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install.sh: this machine has no apt-get; install the equivalents of: ${missing[*]}" >&2
  exit 2
fi
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install.sh: these packages are missing and there is no sudo: ${missing[*]}" >&2
    echo "install.sh: have an administrator run: apt-get install ${missing[*]}" >&2
    exit 2
  fi
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
