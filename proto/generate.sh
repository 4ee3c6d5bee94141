#!/usr/bin/env bash
# Generates the C code of the protocol's messages into Sources/PluginSDK/CPluginMessages.
# With --check: only says whether what is committed is what would be generated.
set -euo pipefail
cd "$(dirname "$0")"
target=../Sources/PluginSDK/CPluginMessages
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT

protoc-c --c_out="$generated" -I . patchbay/plugin/v1/*.proto

if [ "${1:-}" = --check ]; then
  status=0
  for file in "$generated"/patchbay/plugin/v1/*; do
    name=$(basename "$file")
    case $name in
      *.h) committed=$target/include/patchbay/plugin/v1/$name ;;
      *) committed=$target/$name ;;
    esac
    cmp -s "$file" "$committed" || { echo "not current: ${committed#../}; run 'make generate'" >&2; status=1; }
  done
  exit $status
fi

mkdir -p "$target/include/patchbay/plugin/v1"
cp "$generated"/patchbay/plugin/v1/*.c "$target/"
cp "$generated"/patchbay/plugin/v1/*.h "$target/include/patchbay/plugin/v1/"
