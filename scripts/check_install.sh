#!/usr/bin/env bash
# check_install.sh [PHOTO]: what a user gets. Builds the release preset, installs it, builds and runs
# examples/ against the installed files alone, reads the hardening back from the binaries, unpacks the
# Debian package and reconstructs with it, and builds a project that adds this folder as a subdirectory.
# Without PHOTO the astronaut of scripts/demo_photo.sh is taken. Leaves its files in build/check_install.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
work=$source/build/check_install
# As deep as build/release: where the compiler cache shortens paths, it then has the same objects.
user=$source/build/check_install_user
photo=${1:+$(realpath -- "$1")}

fail() {
  echo "check_install.sh: $*" >&2
  exit 1
}
part() { echo "check_install.sh: $* (${SECONDS} s)"; }

scripts/install.sh dpkg-dev file
cmake --preset release >/dev/null
cmake --build --preset release | tail -n 1
mkdir -p "$work"
if [[ -z $photo ]]; then
  photo=$work/astronaut.png
  [[ -s $photo ]] || scripts/demo_photo.sh "$photo"
fi

part "installing"
rm -rf "${work:?}"/{prefix,examples,package,unpacked,out,moved} "$user"
prefix=$work/prefix
cmake --install build/release --prefix "$prefix" >/dev/null
for program in recon eval train data bench; do
  [[ -x $prefix/bin/fgcn_$program ]] || fail "bin/fgcn_$program is not installed"
done
[[ -s $prefix/share/fgcn/default_weights.safetensors ]] || fail "the default weights are not installed"
[[ -s $prefix/share/fgcn/side_landmarks.dat ]] || fail "the predictor of faces turned aside is not installed"
[[ ! -s data/head_weights.safetensors || -s $prefix/share/fgcn/head_weights.safetensors ]] ||
  fail "the weights of the head are not installed"
[[ ! -s data/head.safetensors || -s $prefix/share/fgcn/head.safetensors ]] || fail "the head is not installed"
# Flags and paths of this build are nobody else's.
config=$(dirname "$(find "$prefix" -name fgcnConfig.cmake)")
leaked=$(grep -hoE -e "-march|-W[a-z]+|-ffp|$source" "$config"/*.cmake | sort -u || true)
[[ -z $leaked ]] || fail "the installed CMake files name $leaked"

part "headers"
# A user needs no package but a compiler: only the standard's headers are included.
foreign=$(grep -rhoE '^ *#include <[^>]*[./][^>]*>' "$prefix/include" | sort -u || true)
[[ -z $foreign ]] || fail "installed headers include $foreign"
(cd "$prefix/include" && find fgcn -name '*.h' | LC_ALL=C sort) |
  sed 's/.*/#include <&>/' >"$work/headers.cpp"
c++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$prefix/include" "$work/headers.cpp"

part "hardening"
for binary in "$prefix"/bin/fgcn_* "$(find "$prefix" -name 'libfgcn.so.*.*.*')"; do
  [[ $(readelf -hW "$binary") == *"DYN ("* ]] || fail "$binary is not position-independent"
  segments=$(readelf -lW "$binary")
  [[ $segments == *GNU_RELRO* ]] || fail "$binary has no RELRO"
  [[ $segments == *GNU_STACK* && $segments != *RWE* ]] || fail "$binary has memory that is both written and run"
  [[ $(readelf -dW "$binary") =~ BIND_NOW|Flags:.*NOW ]] || fail "$binary has lazy bindings"
  # Undefined functions, without the versions of their libraries.
  needed=$(nm -D --undefined-only "$binary" | sed 's/.* //; s/@.*//')
  grep -qx __stack_chk_fail <<<"$needed" || fail "$binary has no stack protector"
  grep -qE '^__(mem|str|v?s?n?f?printf|read|fd)[a-z]*_chk$' <<<"$needed" ||
    fail "$binary has no fortified calls"
done

part "examples"
cmake -S examples -B "$work/examples" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/examples" | tail -n 1
"$work/examples/photo_to_mesh" "$photo" "$work/out/example"
"$work/examples/fit_color" "$work/out/fit_color.png"
"$work/examples/train_graph_network"

part "Debian package"
cpack --config build/release/CPackConfig.cmake -G DEB -B "$work/package" >"$work/cpack.txt" 2>&1 ||
  fail "$(cat "$work/cpack.txt")"
deb=("$work"/package/*.deb)
dpkg-deb -x "${deb[0]}" "$work/unpacked"
depends=$(dpkg-deb -f "${deb[0]}" Depends)
for needed in libc6 libdlib libgomp1 libdlib-data zlib1g libssl libjpeg libpng libwebp libtiff libheif liblcms2 libhdf5; do
  [[ $depends == *"$needed"* ]] || fail "the package does not depend on $needed: $depends"
done
maintainer=$(dpkg-deb -f "${deb[0]}" Maintainer)
[[ -n $maintainer && $maintainer != *localhost* && $maintainer != *@"$(hostname)"* ]] ||
  fail "the package's maintainer is '$maintainer', which names this machine or nobody"
"$work/unpacked/usr/bin/fgcn_recon" --help >/dev/null
"$work/unpacked/usr/bin/fgcn_recon" "$photo" -o "$work/out/package" 2>&1
for file in "$work"/out/package/*.glb "$work"/out/example/face.glb; do
  [[ -s $file ]] || fail "$file was not written"
done
# The same photo, device and weights: a program and a user of the library give the same bytes.
cmp "$work"/out/package/*_albedo.png "$work/out/example/face_albedo.png"
# The weights that were found are the package's: without them nothing else is taken.
mv "$work/unpacked/usr/share" "$work/moved"
if "$work/unpacked/usr/bin/fgcn_recon" "$photo" -o "$work/out/none" 2>"$work/out/none.txt"; then
  fail "fgcn_recon found weights that are not its package's"
fi
grep -q "default_weights.safetensors is not beside" "$work/out/none.txt" ||
  fail "$(cat "$work/out/none.txt")"
mv "$work/moved" "$work/unpacked/usr/share"

part "a project with add_subdirectory"
configure() {
  cmake -S tests/install -B "$user" -G Ninja -DFGCN_SOURCE="$source" -DCMAKE_BUILD_TYPE=Release "$@" \
    >/dev/null
}
configure
commands=$user/compile_commands.json
! grep -q -e -Werror "$commands" || fail "-Werror reaches a user's project"
! grep -qE 'apps/|tests/[^i]' "$commands" || fail "programs or tests are built in a user's project"
line=$(grep -E '"command".*user\.cpp' "$commands")
[[ $line == *-std=*20* ]] || fail "the user's file is not compiled as C++20: $line"
! grep -qE -e '-march|-ffp|-fno-|-W|-fopenmp' <<<"$line" || fail "flags of the library reach its user: $line"
# With our own warnings again, so that the compiler cache has most of it.
configure -DFGCN_WERROR=ON
cmake --build "$user" --target user | tail -n 1
"$user/user" "$source/data"
part "done"
