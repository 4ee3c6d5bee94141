#!/usr/bin/env bash
# Compares Patchbay with nginx and Envoy on this machine. Usage: [BENCH_QUICK=1] run.sh [OPTIONS]; `--help` names them.
set -euo pipefail
cd "$(dirname "$0")"
exec python3 -m bench "$@"
