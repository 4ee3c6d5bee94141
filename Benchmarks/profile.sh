#!/usr/bin/env bash
# Counts the instructions of a request in the host, by function; needs the release build. `--help` names the options.
set -euo pipefail
cd "$(dirname "$0")"
../scripts/install-dependencies.sh bench profile
exec python3 -m bench.profile "$@"
