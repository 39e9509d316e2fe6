#!/usr/bin/env bash
# Makes sure that the commands which the tests run exist: installs missing Debian packages as root, else says what is missing.
# With CI=true something missing is an error; otherwise the tests that need it report themselves as skipped.
# With names of commands as arguments: these alone.
set -euo pipefail

# command:package
required=(
  mkfs.btrfs:btrfs-progs
  mkfs.xfs:xfsprogs
  mkfs.ext4:e2fsprogs
  losetup:util-linux
  mount:mount
  findmnt:util-linux
  runuser:util-linux
  ps:procps
  strace:strace
  sudo:sudo
  git:git
  python3:python3
  zsh:zsh
  fish:fish
  systemd-analyze:systemd
  pgbackrest:pgbackrest
)
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

wanted=("$@")

missing_packages() {
  local entry
  for entry in "${required[@]}"; do
    if [ "${#wanted[@]}" -gt 0 ] && [[ " ${wanted[*]} " != *" ${entry%%:*} "* ]]; then continue; fi
    command -v "${entry%%:*}" > /dev/null || echo "${entry##*:}"
  done | sort -u
  if [ "${#wanted[@]}" -gt 0 ]; then return; fi
  compgen -G '/usr/lib/postgresql/*/bin/pgbench' > /dev/null || echo postgresql
  # A library with jobs of its own, which a fork must not run.
  compgen -G '/usr/share/postgresql/*/extension/pg_cron.control' > /dev/null || echo postgresql-cron
}

# Of 15 as well, or of the distribution's own version.
cron_package() {
  apt-cache search --names-only '^postgresql-[0-9]+-cron$' | cut -d ' ' -f 1 | sort | sed -n '/-15-/p; $p' | head -n 1
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  local packages=() package
  for package in "$@"; do
    if [ "$package" = postgresql ]; then
      # The packages must not make and start a cluster of their own: the tests bring theirs.
      if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        apt-get install -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends postgresql-common
        sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
      fi
      # Debian 12 has 15; elsewhere the distribution's own version serves.
      if [ -n "$(apt-cache search --names-only '^postgresql-15$')" ]; then package=postgresql-15; fi
    fi
    if [ "$package" = postgresql-cron ]; then package=$(cron_package); fi
    packages+=("$package")
  done
  apt-get install -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 --no-install-recommends "${packages[@]}"
}

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "Installing Debian packages: ${missing[*]}"
  install_packages "${missing[@]}"
  mapfile -t missing < <(missing_packages)
fi
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Missing, install by hand (Debian package names): ${missing[*]}" >&2
  if [ "${CI:-}" = true ]; then exit 1; fi
fi
