#!/usr/bin/env bash
# `npm test`: sets up what the tests need and runs them: on this machine, and after that in guests of the lab (test/lab/README.md)
# with LVM and with ZFS, side by side. The last line counts all of them. DRIVERS names where, if not everywhere.
# `npm run test:all`: the same at its full extent (test/support/extent.ts), with a power cut in each guest after all, and a guest whose kernel
# maps images of Ceph RBD itself.
#
# DRIVERS=host npm test          on this machine alone
# DRIVERS=lvm npm test           in that guest alone
# npm test -- --project unit     arguments go to vitest; with them, on this machine alone unless DRIVERS says else
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/ensure-node-modules.sh

results=$(mktemp -d)
declare -A running=()
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  for pid in "${running[@]}"; do kill -TERM -- "-$pid" 2> /dev/null || true; done
  for pid in "${running[@]}"; do
    for ((attempt = 0; attempt < 200; attempt++)); do
      kill -0 -- "-$pid" 2> /dev/null || break
      sleep 0.05
    done
  done
  rm -rf "$results"
  bash scripts/remove-test-leftovers.sh
}
trap clean_up EXIT
# While it waits for what it started, a shell heeds signals at once. All of it are jobs with process groups of their own, to be
# ended with their workers.
set -m
extent=${PGFORK_TEST_EXTENT:-short}
declare -A seconds=()
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
status=0

# count NAME LINE: what a run counts that couldn't count itself
count() {
  [ -e "$results/$1.line" ] || echo "$2" > "$results/$1.line"
}

run_on_host() {
  bash scripts/install-system-packages.sh
  local started=$SECONDS
  PGFORK_CLOSING_LINE=$results/host.line node node_modules/vitest/vitest.mjs run "$@" < /dev/null &
  running[host]=$!
  wait "${running[host]}" || status=1
  unset 'running[host]'
  seconds[host]=$((SECONDS - started))
  count host '0 passed, 1 failed, 0 skipped'
}

why_no_guests() {
  local system
  # shellcheck source=/dev/null
  system=$(. /etc/os-release 2> /dev/null && echo "$ID $VERSION_ID") || true
  if [ -n "${PGFORK_LAB_GUEST:-}" ]; then echo 'this is one'
  elif [ "$system" != 'debian 12' ]; then echo 'it needs Debian 12'
  elif [ "$(dpkg --print-architecture)" != amd64 ]; then echo 'it needs an amd64 machine'
  elif [ "$(id -u)" != 0 ]; then echo 'it needs root'
  fi
}

# run_in_guest DRIVER ARGUMENT...: its tests, and after all of them, at their full extent, a guest whose power is cut
run_in_guest() {
  local driver=$1 failed=0
  shift
  mkdir "$results/$driver"
  # A guest has no network to install from.
  [ "$driver" != rbd ] || bash test/support/ceph/setup.sh
  DRIVERS=$driver PGFORK_CLOSING_LINE=/lab/results/line PGFORK_LAB_RESULTS=$results/$driver PGFORK_LAB_LIMIT_S=${PGFORK_LAB_LIMIT_S:-2700} \
    bash test/lab/run-vitest.sh --project guest "$@" || failed=1
  if [ $# = 0 ] && [ "$extent" != short ] && [ "$driver" != rbd ]; then
    echo
    if bash test/lab/power-cut.sh "$driver"; then
      echo '1 passed, 0 failed, 0 skipped' > "$results/$driver-power-cut.line"
    else
      failed=1
      echo '0 passed, 1 failed, 0 skipped' > "$results/$driver-power-cut.line"
    fi
  fi
  return "$failed"
}

# run_in_guests DRIVERS ARGUMENT...: each on a CPU of its own.
run_in_guests() {
  local driver drivers started=$SECONDS
  read -ra drivers <<< "$1"
  shift
  for driver in "${drivers[@]}"; do
    run_in_guest "$driver" "$@" > "$results/$driver.output" 2>&1 &
    running[$driver]=$!
  done
  printf '\nGuests with %s run, some minutes ...\n' "${drivers[*]}"
  for driver in "${drivers[@]}"; do
    wait "${running[$driver]}" || status=1
    unset "running[$driver]"
    seconds[$driver]=$((SECONDS - started))
    printf '\nIn a guest with %s:\n' "$driver"
    cat "$results/$driver.output"
    cp "$results/$driver/line" "$results/$driver.line" 2> /dev/null || status=1
    count "$driver" '0 passed, 1 failed, 0 skipped'
  done
}

run_drivers() {
  local driver obstacle
  obstacle=$(why_no_guests)
  if [ -n "$obstacle" ]; then
    for driver in "${drivers[@]}"; do
      printf '\nSKIPPED: the tests of %s run in a guest of the lab, and there is none here: %s.\n' "$driver" "$obstacle"
      count "$driver" '0 passed, 0 failed, 1 skipped'
    done
    if [ "${CI:-}" = true ]; then status=1; fi
  elif bash test/lab/setup.sh; then
    local first
    for ((first = 0; first < ${#drivers[@]}; first += 2)); do run_in_guests "${drivers[*]:first:2}" "$@"; done
  else
    status=1
    printf '\nFAILED: the lab, in which the tests of %s run, could not be set up.\n' "${drivers[*]}"
    for driver in "${drivers[@]}"; do count "$driver" '0 passed, 1 failed, 0 skipped'; done
  fi
}

drivers=()
default=host,lvm,zfs
[ "$extent" = short ] || default+=,rbd
[ $# = 0 ] || default=host
IFS=, read -ra places <<< "${DRIVERS:-$default}"
for place in "${places[@]}"; do
  case $place in
    host) run_on_host "$@" ;;
    lvm | zfs | rbd) drivers+=("$place") ;;
    *) echo "DRIVERS may name host, lvm, zfs and rbd, not $place." >&2; exit 2 ;;
  esac
done
if [ "${#drivers[@]}" -gt 0 ]; then run_drivers "$@"; fi

echo
for place in "${!seconds[@]}"; do printf '%s: %s s\n' "$place" "${seconds[$place]}"; done
if [ "$extent" = short ] && [ $# = 0 ]; then echo 'What takes longer is left to npm run test:all.'; fi
awk '{ passed += $1; failed += $3; skipped += $5 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$results"/*.line
exit "$status"
