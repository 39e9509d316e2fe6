#!/usr/bin/env bash
# Cuts the power of a guest in the middle of its forks, boots another one on the same disks, and expects that the source holds every
# commit that was acknowledged, that the forks which were handed out to stay are there, and that a collection removes all else of ours.
#
# usage: power-cut.sh lvm|zfs [CUTS, default 1]
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$here/../.."
storage=${1:?lvm or zfs} cuts=${2:-1}
work=$(mktemp -d)
pid=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  if [ -n "$pid" ]; then kill -TERM -- "-$pid" 2> /dev/null || true; wait "$pid" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run_program() {
  PGFORK_LAB_DISKS=$work/disks PGFORK_LAB_RESULTS=$work/results "$here/run-in-guest.sh" \
    node --import tsx "test/guest/power-cut/$1.ts" "$storage"
}

# last_of forks|kept: the number of the last fork that had its life, or was handed out to stay
last_of() {
  sed -n "s/^$1: //p" "$work/output" | tail -1
}

# Bounded by the life of the guest, which has a limit.
wait_for() {
  until [ "$(last_of "$1")" -ge "$2" ] 2> /dev/null; do
    kill -0 "$pid" 2> /dev/null || { echo 'The guest ended before its power was cut:' >&2; cat "$work/output" >&2; exit 1; }
    sleep 0.05
  done
}

for ((cut = 1; cut <= cuts; cut++)); do
  rm -rf "$work/disks" "$work/results"
  mkdir "$work/results"
  : > "$work/output"
  set -m
  run_program live > "$work/output" 2>&1 &
  pid=$!
  set +m
  # Every other one right after a fork was handed out to stay, the rest somewhere in the life of one.
  if [ $((cut % 2)) = 1 ]; then
    wait_for kept 4
    told="right after fork 4 was handed out"
  else
    wait_for forks 2
    delay_ms=$((RANDOM % 4000))
    sleep "$((delay_ms / 1000)).$(printf %03d $((delay_ms % 1000)))"
    told="$delay_ms ms after the second of $(last_of forks) forks"
  fi
  kill -TERM -- "-$pid"
  wait "$pid" 2> /dev/null || true
  # The last of its processes holds the disks' lock for a moment more.
  flock --timeout 30 "$work/disks" true
  pid=
  printf '%s, cut %s of %s, %s\n' "$storage" "$cut" "$cuts" "$told"
  run_program recover
done
