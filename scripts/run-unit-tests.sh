#!/usr/bin/env bash
# Runs the unit tests. Prints what failed and the counts; everything, when something failed.
set -euo pipefail
cd "$(dirname "$0")/.."
# All tests would be started at once, and whatever waits for an event in one would stand behind all
# others in the queue of the few threads: up to a minute, as long as a client of HTTP waits.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((2 * $(nproc)))
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if swift test --quiet >"$log" 2>&1; then
  grep -a 'Test run with' "$log"
else
  status=$?
  cat "$log"
  exit $status
fi
