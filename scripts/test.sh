#!/usr/bin/env bash
# `npm test`: sets up what the tests need, then runs them. Arguments go to vitest: npm test -- --project unit
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/ensure-node-modules.sh
bash scripts/install-system-packages.sh
exec node node_modules/vitest/vitest.mjs run "$@"
