#!/usr/bin/env bash
# Runs the unit tests. Prints what failed and the counts; everything, when something failed.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if swift test --quiet >"$log" 2>&1; then
  grep -a 'Test run with' "$log"
else
  status=$?
  cat "$log"
  exit $status
fi
