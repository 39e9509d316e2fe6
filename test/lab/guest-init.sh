#!/bin/sh
# Process 1 of a guest. The root is the host's file tree, read-only: stack the guest's layer and a tmpfs on it, move there, go on in
# guest-main.sh. The variables LAB_* come from the kernel's command line.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

die() {
  echo "pgfork lab: $1"
  "$LAB_ROOT/usr/bin/busybox" poweroff -f
}

mount -t proc proc /proc
mount -t tmpfs -o mode=755,size=75% tmpfs /run || die 'no tmpfs'
mkdir -p /run/lab/upper /run/lab/work /run/lab/root /run/lab/layer
# A mount of its own, since overlayfs refuses a lower folder that lies inside another one.
mount -t hostfs none /run/lab/layer -o "$LAB_ROOT" || die 'the layer is missing'
grep -qw overlay /proc/filesystems ||
  "$LAB_ROOT/usr/bin/busybox" insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
mount -t overlay -o lowerdir=/run/lab/layer:/,upperdir=/run/lab/upper,workdir=/run/lab/work overlay /run/lab/root || die 'overlay failed'
cd /run/lab/root || die 'no root'
mkdir -p mnt/host-root
umount /proc
# Never switch_root: it deletes what is in the old root, which is the host's.
pivot_root . mnt/host-root || die 'pivot_root failed'
mkdir -p lab/control
mount -t hostfs none lab/control -o "$LAB_CONTROL" || die 'no control folder'
# The overlay keeps what it needs of the old root: the table of mounts shows a machine's only.
umount -l mnt/host-root
exec chroot . /bin/bash /lab/control/guest-main.sh
