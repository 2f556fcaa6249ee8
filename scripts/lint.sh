#!/usr/bin/env bash
# lint.sh [--format | --changed [BASE]]: clang-format, documentation and clang-tidy, of the whole tree without options.
#   --format          format in place, and nothing else
#   --check-format    clang-format and the documentation only: seconds
#   --changed [BASE]  what differs from BASE (default: origin/main, else HEAD), and sources whose headers do
# Files that clang-tidy found clean are remembered in build/dev/tidy by their contents: a second run is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-all}
base=${2:-}
case $mode in
  all | --format | --check-format | --changed) ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0"; [ "$mode" = --help ] && exit 0 || exit 2 ;;
esac
for tool in clang-format clang-tidy; do
  if ! command -v $tool >/dev/null; then scripts/install.sh $tool; fi
done

mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h' '*.cu' '*.md' | sort -u | xargs ls 2>/dev/null)
if [ "$mode" = --changed ]; then
  if [ -z "$base" ]; then base=$(git rev-parse --verify --quiet origin/main || echo HEAD); fi
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } |
                       grep -E '\.(cpp|h|cu|md)$' | sort -u)
fi
sources=() pages=()
for file in "${files[@]}"; do
  case $file in *.md) pages+=("$file") ;; *) sources+=("$file") ;; esac
done

if [ "$mode" = --format ]; then
  clang-format -i "${sources[@]}"
  exit
fi
failed=0
if [ ${#sources[@]} -gt 0 ]; then
  printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 64 clang-format --dry-run -Werror || failed=1
  echo "clang-format: ${#sources[@]} files"
fi
if [ ${#pages[@]} -gt 0 ]; then
  scripts/check_docs.py "${pages[@]}" || failed=1
  echo "check_docs: ${#pages[@]} files"
fi
if [ "$mode" != --check-format ] && [ ${#sources[@]} -gt 0 ]; then
  cmake --preset dev >/dev/null
  if [ "$mode" = --changed ]; then
    scripts/tidy.py --build build/dev "${sources[@]}" || failed=1
  else
    scripts/tidy.py --build build/dev || failed=1
  fi
fi
exit $failed
