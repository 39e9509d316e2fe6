#!/usr/bin/env bash
# A Docker engine from Debian's packages, without installing any, and an image like the official one of PostgreSQL from what this machine has
# installed: no registry is asked. Both are made once (about 15 s) and cached in the lab's folder. Prints the folder of the engine and the
# archive of the image. usage: setup.sh MAJOR BIN
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
lab=${PGFORK_LAB:-/var/cache/pgfork-lab}
major=$1 bin=$2
packages=(docker.io containerd runc tini iptables libip4tc2 libip6tc2 libxtables12 libnftnl11 libnetfilter-conntrack3 libnfnetlink0
  libmnl0 libnftables1 libdevmapper1.02.1)

engine=$(bash "$here/../../lab/unpack-packages.sh" engine "${packages[@]}")

exec 9> "$lab/image.lock"
flock 9
version=$("$bin/postgres" --version)
image=$lab/image-$(cat "$here/make-image.sh" "$here/entrypoint.sh" - <<< "$version" | sha256sum | cut -c1-12).tar
if [ ! -e "$image" ]; then
  bash "$here/make-image.sh" "$major" "$bin" "$image.new"
  mv "$image.new" "$image"
fi
echo "$engine"
echo "$image"
