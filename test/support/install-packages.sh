# shellcheck shell=bash
# Sourced. usage: install_packages [OPTION OF APT-GET | PACKAGE] ..

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get install -q -y -o Dpkg::Use-Pty=0 --no-install-recommends --no-upgrade "$@")
  # Without lists, or with old ones, it takes an update.
  "${install[@]}" || { apt-get update -q && "${install[@]}"; }
}
