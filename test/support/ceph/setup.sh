#!/usr/bin/env bash
# Ceph and QEMU's storage daemon from Debian's packages, which are kept in the lab's folder: about 35 s once. usage: setup.sh
set -euo pipefail
lab=${PGFORK_LAB:-/var/cache/pgfork-lab}
# shellcheck source=../install-packages.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../install-packages.sh"

# command:package
required=(
  ceph-mon:ceph-mon
  ceph-mgr:ceph-mgr
  ceph-osd:ceph-osd
  rbd:ceph-common
  rbd-nbd:rbd-nbd
  qemu-storage-daemon:qemu-system-common
  mkfs.xfs:xfsprogs
  mkfs.ext4:e2fsprogs
)

is_ready() {
  local entry
  for entry in "${required[@]}"; do
    command -v "${entry%%:*}" > /dev/null || return 1
  done
  # QEMU's driver for RBD has no command of its own.
  compgen -G '/usr/lib/*/qemu/block-rbd.so' > /dev/null
}

install_all() {
  mkdir -p "$lab/ceph-packages/partial"
  # Nothing of it is started: each test has a cluster of its own.
  export RUNLEVEL=1
  install_packages -o DPkg::Lock::Timeout=120 -o "Dir::Cache::archives=$lab/ceph-packages" -o APT::Keep-Downloaded-Packages=true \
    -o APT::Sandbox::User=root "${required[@]##*:}" qemu-block-extra
}

if is_ready; then exit 0; fi
[ "$(id -u)" = 0 ] || { echo 'The packages of Ceph are installed as root.' >&2; exit 1; }
mkdir -p "$lab"
exec 9> "$lab/ceph.lock"
flock 9
if is_ready; then exit 0; fi
install_all > "$lab/ceph.log" 2>&1 || { tail -20 "$lab/ceph.log" >&2; exit 1; }
is_ready || { echo "Something of Ceph is missing after its installation: see $lab/ceph.log." >&2; exit 1; }
