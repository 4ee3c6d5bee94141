#!/usr/bin/env bash
# Starts the host with the quick-start configuration and prints lines to try.
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

# A line that asks ROUTE, with further members of the request's JSON.
curl_line() {
  local request="{${2:-}\"messages\":[{\"role\":\"user\",\"content\":\"Hello from Patchbay\"}]}"
  echo "curl -s http://$listen/$1 -H 'content-type: application/json' -d '$request'"
}

lines=("$(curl_line echo)")

# A route for a provider that speaks OpenAI's API, when its key is in the environment: VARIABLE ROUTE URL MODEL.
provider() {
  local key=${!1:-}
  [ -n "$key" ] || return 0
  export "PATCHBAY_$1=Bearer $key"
  sed -e "s|ROUTE|$2|g" -e "s|URL|$3|g" -e "s|KEY|PATCHBAY_$1|g" "$examples/quickstart-provider.yml" >>"$config"
  lines+=("$(curl_line "$2" "\"model\":\"$4\",")")
}

provider OPENAI_API_KEY openai https://api.openai.com/v1/chat/completions gpt-4o-mini
provider DEEPSEEK_API_KEY deepseek https://api.deepseek.com/chat/completions deepseek-chat
provider XAI_API_KEY xai https://api.x.ai/v1/chat/completions grok-3-mini
provider CEREBRAS_API_KEY cerebras https://api.cerebras.ai/v1/chat/completions llama3.1-8b

"$patchbay" run "$config" --listen "$listen" --admin "$admin" --plugins "$plugins" &
host=$!
is_stopping=
stop() {
  is_stopping=yes
  kill -TERM "$host" 2>/dev/null || true
}
trap stop INT TERM

# Ready is when the admin API says so; when the host ends first, its own message stands above.
until curl -sf -o /dev/null --retry 50 --retry-delay 0 --retry-connrefused --max-time 10 "http://$admin/status"; do
  kill -0 "$host" 2>/dev/null || { wait "$host"; exit $?; }
done

echo
echo "Patchbay answers on http://$listen. Try:"
for line in "${lines[@]}"; do
  echo
  echo "  $line"
done
echo

status=0
wait "$host" || status=$?
# A signal interrupts that wait, and the host then finishes its exchanges.
if [ -n "$is_stopping" ]; then
  status=0
  wait "$host" || status=$?
fi
exit "$status"
