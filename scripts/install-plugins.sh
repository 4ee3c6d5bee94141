#!/usr/bin/env bash
# Installs the built-in plugins that were built into BIN as packages into DIR: DIR/NAME/VERSION/.
# Usage: install-plugins.sh BIN DIR
set -euo pipefail
bin=$1
dir=$2
stamps=$bin/installed-plugins
mkdir -p "$stamps" "$dir"

names=(
  acl
  ai-azure-content-safety
  ai-echo
  ai-prompt-decorator
  ai-prompt-guard
  ai-prompt-template
  ai-proxy
  ai-request-transformer
  ai-response-transformer
  ai-sanitizer
  correlation-id
  cors
  file-log
  http-log
  ip-restriction
  key-auth
  prometheus
  request-termination
  syslog
  tcp-log
)
for name in "${names[@]}"; do
  built=$bin/$name
  stamp=$stamps/$name
  # Nothing to do when neither the program nor the installed package changed.
  [ -e "$stamp" ] && [ "$stamp" -nt "$built" ] && [ -d "$dir/$name" ] && continue
  strip -s -o "$stamp" "$built"
  "$bin/patchbay" plugin install "$stamp" --plugins "$dir" | sed -n 1p
  touch "$stamp"
done
