#!/usr/bin/env bash
# Packs the plugin, its messages and the path of its interpreter into one executable file.
# Usage: build.sh [PYTHON, which has protobuf]
set -euo pipefail
cd "$(dirname "$0")"
python=${1:-$(pwd)/venv/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv venv
  venv/bin/pip install --quiet --disable-pip-version-check protobuf
fi

packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
protoc -I ../../../proto --include_imports --descriptor_set_out="$packed/plugin.desc" \
  patchbay/plugin/v1/control.proto patchbay/plugin/v1/exchange.proto
cp python_header.py "$packed/"
mkdir -p build
"$python" -m zipapp "$packed" --main python_header:run --python "$python" --output build/python-header
