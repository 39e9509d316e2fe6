#!/usr/bin/env bash
# Debian's packages, without installing any: downloaded and unpacked once into the lab's folder. Prints the folder with their files.
# usage: unpack-packages.sh NAME PACKAGE...
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
lab=${PGFORK_LAB:-/var/cache/pgfork-lab}
name=$1
shift

mkdir -p "$lab"
exec 9> "$lab/$name.lock"
flock 9

root=$lab/$name-$(echo "$@" | sha256sum | cut -c1-12)
if [ ! -d "$root" ]; then
  new=$(mktemp -d "$lab/$name.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  mkdir "$new/packages" "$new/root"
  (cd "$new/packages" && bash "$here/download-packages.sh" "$@" > "$new/log" 2>&1) || { tail -20 "$new/log" >&2; exit 1; }
  for package in "$new"/packages/*.deb; do dpkg-deb -x "$package" "$new/root"; done
  chmod 755 "$new/root"
  mv "$new/root" "$root"
fi
echo "$root"
