#!/usr/bin/env bash
# In a guest: a ZFS pool `pgforktest` on the second disk. On disks that were kept it imports what is there.
set -euo pipefail
[ -n "${PGFORK_LAB_GUEST:-}" ] || { echo 'Only in a guest: it writes to whole disks.' >&2; exit 1; }
disk=/dev/ubdc

modprobe zfs
if zpool list pgforktest > /dev/null 2>&1; then exit 0; fi
# Forced, since a guest that was killed has not exported its pool.
if [ "$(blkid -p -o value -s LABEL "$disk" || true)" = pgforktest ]; then
  zpool import -f -d "$disk" pgforktest
else
  zpool create -o ashift=12 -O mountpoint=none -O atime=off -O compression=lz4 pgforktest "$disk"
fi
