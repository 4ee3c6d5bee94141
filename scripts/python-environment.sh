#!/usr/bin/env bash
# Makes the Python environment of the integration tests, .venv, unless it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=Tests/Integration/requirements.txt
stamp=.venv/requirements.txt

cmp -s "$requirements" "$stamp" && exit 0
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements"
cp "$requirements" "$stamp"
