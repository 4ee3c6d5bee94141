#!/usr/bin/env bash
# Runs the integration tests against the built host and the installed plugins, in a Python environment of their own.
# Usage: run-integration.sh [ARGUMENTS OF PYTEST]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/python-environment.sh
cd Tests/Integration
exec ../../.venv/bin/python -m pytest "$@"
