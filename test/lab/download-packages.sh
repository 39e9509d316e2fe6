#!/usr/bin/env bash
# Downloads Debian packages into the working folder, from "contrib" too, where OpenZFS is. The machine's own list of sources stays as
# it is: its entries are copied, with contrib added, into a list that only this download reads.
# usage: download-packages.sh PACKAGE[=VERSION]...
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/archives/partial"
chmod -R a+rX "$work"

shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -e "$file" ] || continue
  # deb [options] URI suite component...
  sed -n -E '/^deb[[:space:]]/ { /[[:space:]]main([[:space:]]|$)/ { /[[:space:]]contrib([[:space:]]|$)/! s/[[:space:]]main([[:space:]]|$)/ main contrib /; p } }' \
    "$file" > "$work/parts/$(basename "$file" .list)-line.list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  sed -E '/^Components:/ { /[[:space:]]contrib([[:space:]]|$)/! s/$/ contrib/ }' "$file" > "$work/parts/$(basename "$file")"
done

apt_options=(
  -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts"
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache::archives=$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Sandbox::User=root
)
apt-get "${apt_options[@]}" -q update
apt-get "${apt_options[@]}" -q download "$@"
