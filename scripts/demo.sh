#!/usr/bin/env bash
# The demo, on a fresh machine as well: as root on Debian it gets what it takes to show a Btrfs, as npm test does, unless it is to copy.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" = 0 ] && [[ " $* " != *copy* && " $* " != *" -h "* && " $* " != *--help* ]]; then
  CI='' bash scripts/install-system-packages.sh mkfs.btrfs losetup mount
fi
exec bash scripts/run.sh demo/index.ts "$@"
