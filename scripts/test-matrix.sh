#!/usr/bin/env bash
# `npm run test:matrix`: what a fork holds, is and leaves alone, with each supported version of PostgreSQL, one after another. The last line counts all of them.
#
# VERSIONS='10 18' npm run test:matrix   only these
# npm run test:matrix -- FILE..          only these tests
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/ensure-node-modules.sh
bash scripts/install-system-packages.sh

files=("$@")
# Not what doesn't depend on the version, such as what becomes of interrupted forks.
folders=(create-fork consistency life-cycle moment recovery settings standbys timelines volumes outside-world verification security)
if [ "${#files[@]}" = 0 ]; then files=("${folders[@]/#/test/integration/}"); fi
lines=$(mktemp -d)
trap 'rm -rf "$lines"' EXIT
status=0
for version in ${VERSIONS:-10 11 12 13 14 15 16 17 18}; do
  printf '\nPostgreSQL %s:\n' "$version"
  PGFORK_TEST_VERSION=$version PGFORK_CLOSING_LINE=$lines/$version \
    node node_modules/vitest/vitest.mjs run --project integration "${files[@]}" || status=1
done

echo
for version in ${VERSIONS:-10 11 12 13 14 15 16 17 18}; do
  printf 'PostgreSQL %s: %s\n' "$version" "$(cat "$lines/$version" 2> /dev/null || echo '0 passed, 1 failed, 0 skipped')"
done
cat "$lines"/* | awk '{ passed += $1; failed += $3; skipped += $5 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
exit "$status"
