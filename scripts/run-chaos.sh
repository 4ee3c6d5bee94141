#!/usr/bin/env bash
# Kills plugins of the built host under load, storm after storm. Usage: run-chaos.sh [--seconds N] [--seed N] …
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/python-environment.sh
cd Tests/Integration
exec ../../.venv/bin/python -m chaos "$@"
