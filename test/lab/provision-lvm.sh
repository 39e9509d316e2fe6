#!/usr/bin/env bash
# In a guest: a volume group `pgfork_test` on the first disk, with a thin pool `pool` and room beside it for further pools and thick
# volumes. On disks that were kept it activates what is there.
set -euo pipefail
[ -n "${PGFORK_LAB_GUEST:-}" ] || { echo 'Only in a guest: it writes to whole disks.' >&2; exit 1; }
disk=/dev/ubdb

if vgs pgfork_test > /dev/null 2>&1; then
  vgchange --quiet -ay pgfork_test > /dev/null
else
  vgcreate --quiet pgfork_test "$disk" > /dev/null
  lvcreate --quiet --type thin-pool --extents 75%VG --poolmetadatasize 32M --name pool pgfork_test > /dev/null
fi
