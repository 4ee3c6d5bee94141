#!/usr/bin/env bash
# Mixed traffic against the built host until the time is over. Usage: run-soak.sh [--seconds N] [--seed N]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/python-environment.sh
cd Tests/Integration
exec ../../.venv/bin/python -m soak "$@"
