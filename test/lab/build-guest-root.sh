#!/usr/bin/env bash
# Builds the layer that is stacked on the host's file tree in a guest: udev, kmod, ZFS' commands, busybox and the kernel's modules,
# unpacked from Debian's packages. None of it is installed on the host, where udev's installation would upgrade systemd.
# usage: build-guest-root.sh FOLDER ZFS_MODULES; called by setup.sh, which sets the variables.
set -euo pipefail
scripts=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
target=$1
zfs_modules=$2
: "${lab:?}" "${kernel_release:?}"
work=$(mktemp -d "$lab/root.XXXXXX")
trap 'rm -rf "$work"' EXIT
packages=(udev libudev1 libsystemd-shared libsystemd0 systemd kmod libkmod2 busybox-static
  zfsutils-linux libzfs4linux libzpool5linux libnvpair3linux libuutil3linux)

mkdir "$work/packages" "$work/root"
cd "$work/packages"
"$scripts/download-packages.sh" "${packages[@]}" > "$work/download.log" 2>&1 || { cat "$work/download.log"; exit 1; } >&2

root=$work/root
chmod 755 "$root"
mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
for package in *.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root"; done

modules=$root/usr/lib/modules/$kernel_release
mkdir -p "$root/usr/lib/modules"
cp -a "/usr/lib/uml/modules/$kernel_release" "$modules"
mkdir -p "$modules/extra"
cp "$zfs_modules"/*.ko "$modules/extra/"
# kmod acts as depmod by the name it is called with; it warns of the module lists that a packaged kernel lacks.
(exec -a depmod "$root/usr/bin/kmod" -b "$root" "$kernel_release") 2> "$work/depmod.log" || { cat "$work/depmod.log"; exit 1; } >&2
mv "$root" "$target"
