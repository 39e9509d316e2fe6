#!/usr/bin/env bash
# Runs a TypeScript file of the workspace on a fresh clone: scripts/run.sh FILE [ARGUMENT...]
# `exec`, so that Ctrl-C and other signals reach the program itself.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/ensure-node-modules.sh
exec node --import tsx "$@"
