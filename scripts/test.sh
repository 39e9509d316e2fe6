#!/usr/bin/env bash
# `npm test`: sets up what the tests need and runs them on this machine; with DRIVERS instead in guests of the lab
# (test/lab/README.md), where LVM and OpenZFS are. The last line counts all of them.
#
# DRIVERS=lvm npm test        in that guest; also zfs, or lvm,zfs
# npm test -- --project unit  arguments go to vitest
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/ensure-node-modules.sh
if [ -z "${DRIVERS:-}" ]; then
  bash scripts/install-system-packages.sh
  exec node node_modules/vitest/vitest.mjs run "$@"
fi

results=$(mktemp -d)
declare -A guests=()
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  for pid in "${guests[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait
  rm -rf "$results"
}
trap clean_up EXIT
status=0

# Each on a CPU of its own, side by side.
IFS=, read -ra drivers <<< "$DRIVERS"
if [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  bash test/lab/setup.sh || status=1
  for driver in "${drivers[@]}"; do
    mkdir "$results/$driver"
    DRIVERS=$driver PGFORK_CLOSING_LINE=/lab/results/line PGFORK_LAB_RESULTS=$results/$driver PGFORK_LAB_LIMIT_S=900 \
      bash test/lab/run-vitest.sh --project guest "$@" > "$results/$driver.output" 2>&1 &
    guests[$driver]=$!
  done
  for driver in "${drivers[@]}"; do
    wait "${guests[$driver]}" || status=1
    unset "guests[$driver]"
    printf '\nIn a guest with %s:\n' "$driver"
    cat "$results/$driver.output"
    cat "$results/$driver/line" > "$results/$driver.line" 2> /dev/null || echo '0 passed, 1 failed, 0 skipped' > "$results/$driver.line"
  done
else
  for driver in "${drivers[@]}"; do
    printf '\nSkipped: the tests of %s run in a guest of the lab, which needs Debian and root.\n' "$driver"
    echo '0 passed, 0 failed, 1 skipped' > "$results/$driver.line"
  done
  if [ "${CI:-}" = true ]; then status=1; fi
fi

echo
awk '{ passed += $1; failed += $3; skipped += $5 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$results"/*.line
exit "$status"
