#!/usr/bin/env bash
# Runs the integration tests against the built host and the installed plugins, in a Python environment of their own.
# Usage: run-integration.sh [ARGUMENTS OF PYTEST]
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=Tests/Integration/requirements.txt
stamp=.venv/requirements.txt

if ! cmp -s "$requirements" "$stamp"; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$stamp"
fi
cd Tests/Integration
exec ../../.venv/bin/python -m pytest "$@"
