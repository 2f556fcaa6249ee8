#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh
cmake --preset dev >/dev/null
cmake --build --preset dev
scripts/head_model.sh build/dev/bin/fgcn_data
ctest --preset dev -j "$(nproc)"
