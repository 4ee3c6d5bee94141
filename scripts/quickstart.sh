#!/usr/bin/env bash
# Starts the host with the quick-start configuration and prints a line to try.
# Usage: [LISTEN=…] [ADMIN=…] quickstart.sh PATCHBAY PLUGINS
set -euo pipefail
patchbay=$1
plugins=$2
listen=${LISTEN:-127.0.0.1:8000}
admin=${ADMIN:-127.0.0.1:8001}
examples=$(cd "$(dirname "$0")/../examples" && pwd)

config=$(mktemp -t patchbay-quickstart.XXXXXX.yml)
trap 'rm -f "$config"' EXIT
cat "$examples/quickstart.yml" >"$config"
request='{"messages":[{"role":"user","content":"Hello from Patchbay"}]}'

try="curl -s http://$listen/echo -H 'content-type: application/json' -d '$request'"
if [ -n "${OPENAI_API_KEY:-}" ]; then
  export PATCHBAY_OPENAI_AUTHORIZATION="Bearer $OPENAI_API_KEY"
  cat "$examples/quickstart-openai.yml" >>"$config"
  model_request='{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello from Patchbay"}]}'
  try_openai="curl -s http://$listen/openai -H 'content-type: application/json' -d '$model_request'"
fi

"$patchbay" run "$config" --listen "$listen" --admin "$admin" --plugins "$plugins" &
host=$!
stop() { kill -TERM "$host" 2>/dev/null || true; }
trap stop INT TERM

# Ready is when the admin API says so; when the host ends first, its own message stands above.
until curl -sf -o /dev/null --retry 50 --retry-delay 0 --retry-connrefused --max-time 10 "http://$admin/status"; do
  kill -0 "$host" 2>/dev/null || { wait "$host"; exit $?; }
done

echo
echo "Patchbay answers on http://$listen. Try:"
echo
echo "  $try"
[ -z "${try_openai:-}" ] || { echo; echo "  $try_openai"; }
echo

status=0
wait "$host" || status=$?
# A signal interrupts the first wait; the host then finishes its exchanges.
wait "$host" 2>/dev/null || true
rm -f "$config"
exit "$([ "$status" -gt 128 ] && echo 0 || echo "$status")"
