#!/usr/bin/env bash
# Runs vitest in a guest with the storages of DRIVERS (default `lvm,zfs`) made ready; arguments go to vitest:
# run-vitest.sh --project integration test/integration/x.test.ts
# Output and status are vitest's. The environment is that of run-in-guest.sh.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$here/../.."

# A guest has no network to install from.
# shellcheck source=../../scripts/ensure-node-modules.sh
source scripts/ensure-node-modules.sh
if [ -z "${PGFORK_LAB_GUEST:-}" ]; then exec "$here/run-in-guest.sh" bash "$here/run-vitest.sh" "$@"; fi

drivers=${DRIVERS:-lvm,zfs}
if [[ ,$drivers, = *,lvm,* ]]; then bash "$here/provision-lvm.sh"; fi
if [[ ,$drivers, = *,zfs,* ]]; then bash "$here/provision-zfs.sh"; fi
if [[ ,$drivers, = *,rbd,* ]]; then bash "$here/provision-rbd.sh"; fi
exec node node_modules/vitest/vitest.mjs run "$@"
