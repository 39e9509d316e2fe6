#!/usr/bin/env bash
# Downloads Debian packages into the working folder, from "contrib" too, where OpenZFS is. The machine's own sources stay as they are:
# apt gets a list of its own for this. usage: download-packages.sh PACKAGE[=VERSION]...
set -euo pipefail
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state"/{lists,archives}/partial

# apt tells the archives, so it doesn't matter in which of its two formats the machine's sources are written.
archives() {
  # shellcheck disable=SC2016 # apt's variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' 'Component: main' 'Origin: Debian'
}
[ -n "$(archives)" ] || apt-get update -qq
archives | while read -r address release; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $address $release main contrib"
done > "$state/sources.list"
[ -s "$state/sources.list" ] || { echo 'apt knows no Debian archive: see /etc/apt/sources.list.d.' >&2; exit 1; }

options=(-o "Dir::Etc::SourceList=$state/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$state/lists"
  -o "Dir::Cache=$state" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3)
apt-get "${options[@]}" -q update
apt-get "${options[@]}" -q download "$@"
