#!/usr/bin/env bash
# In a guest: the kernel's clients of Ceph RBD and of network block devices, and room on the first disk for a cluster, which needs a file system that
# can do without the page cache. A guest's temporary folders lie in its memory otherwise.
set -euo pipefail
[ -n "${PGFORK_LAB_GUEST:-}" ] || { echo 'Only in a guest: it writes to whole disks.' >&2; exit 1; }
disk=/dev/ubdb

for module in rbd nbd fuse loop xfs; do modprobe "$module"; done
mkfs.ext4 -q -F "$disk"
mount "$disk" /tmp
chmod 1777 /tmp
