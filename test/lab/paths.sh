# shellcheck shell=bash disable=SC2034
# Sourced: where the lab's cache lies. What is built is named after what it was built from, so that a changed script or another
# kernel builds anew, beside what running guests still use.

lab_scripts=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
checkout=$(dirname "$(dirname "$lab_scripts")")
lab=${PGFORK_LAB:-/var/cache/pgfork-lab}
linux_uml=/usr/bin/linux.uml

# Fails while user-mode-linux isn't installed.
find_lab_paths() {
  local uml_version
  [ -x "$linux_uml" ] && uml_version=$(dpkg-query -W -f '${Version}' user-mode-linux 2> /dev/null) || return 1
  kernel_release=$(basename /usr/lib/uml/modules/*)
  zfs_modules=$lab/zfs-modules-$(short_hash "$uml_version" build-zfs-modules.sh kernel-symbols.mjs) || return 1
  guest_root=$lab/guest-root-$(short_hash "$(basename "$zfs_modules")" build-guest-root.sh) || return 1
  shim=$lab/uml-shim-$(short_hash "" uml-shim.c).so || return 1
}

# short_hash TEXT FILE...
short_hash() {
  local text=$1
  shift
  (cd "$lab_scripts" && { echo "$text"; cat "$@"; } | sha256sum | cut -c1-12)
}
