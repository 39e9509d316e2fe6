#!/usr/bin/env bash
# Makes ready what the guests need, once (about 3 minutes): Debian packages, OpenZFS modules for Debian's user-mode-linux kernel, and
# the layer that is stacked on the host's file tree in a guest. Everything built lands in $PGFORK_LAB (default /var/cache/pgfork-lab).
set -euo pipefail
# shellcheck source=paths.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/paths.sh"
# shellcheck source=../support/install-packages.sh
source "$checkout/test/support/install-packages.sh"

# command:package; what only the build needs is in build_packages.
required=(
  linux.uml:user-mode-linux
  lvm:lvm2
  thin_check:thin-provisioning-tools
  mkfs.xfs:xfsprogs
  mkfs.ext4:e2fsprogs
  fuser:psmisc
  setpriv:util-linux
  sudo:sudo
)
build_packages=(gcc libc6-dev make flex bison bc libelf-dev xz-utils)
export PATH=$PATH:/usr/sbin:/sbin

is_ready() {
  local entry
  for entry in "${required[@]}"; do
    command -v "${entry%%:*}" > /dev/null || return 1
  done
  find_lab_paths && [ -e "$shim" ] && [ -d "$zfs_modules" ] && [ -d "$guest_root" ]
}

if is_ready; then exit 0; fi
[ "$(id -u)" = 0 ] || { echo 'The lab is set up, and its guests are booted, as root.' >&2; exit 1; }
mkdir -p "$lab"
exec 9> "$lab/setup.lock"
flock 9
if is_ready; then exit 0; fi

echo "Setting up the lab in $lab (about 3 minutes, once) ..."
install_packages -o DPkg::Lock::Timeout=300 "${required[@]##*:}" "${build_packages[@]}" > "$lab/packages.log" 2>&1 || { tail -20 "$lab/packages.log"; exit 1; } >&2
find_lab_paths
export kernel_release linux_uml lab
[ -e "$shim" ] || { gcc -O2 -shared -fPIC -o "$shim.new" "$lab_scripts/uml-shim.c" && mv "$shim.new" "$shim"; }
[ -d "$zfs_modules" ] || "$lab_scripts/build-zfs-modules.sh" "$zfs_modules"
[ -d "$guest_root" ] || "$lab_scripts/build-guest-root.sh" "$guest_root" "$zfs_modules"
echo "The lab is ready (user-mode-linux $kernel_release)."
