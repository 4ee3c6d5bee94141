#!/usr/bin/env bash
# Installs from apt what is missing for the given purposes: build, test, bench, profile.
set -euo pipefail

declare -A packages=(
  # The generators are among them because the lint compares the committed C code with theirs.
  [build]="pkg-config libssl-dev libprotobuf-c-dev libpcre2-dev libseccomp-dev libc-ares-dev zlib1g-dev protobuf-compiler protobuf-c-compiler libprotobuf-dev"
  [test]="python3 python3-venv openssl curl nghttp2-client prometheus"
  [bench]="python3 python3-venv nginx-light wrk gcc g++ libc6-dev libgrpc++-dev protobuf-compiler-grpc"
  [profile]="valgrind"
)

missing=()
for purpose in "$@"; do
  for package in ${packages[$purpose]}; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "missing packages, please install: ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Of packages with a service only the programs are wanted.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
