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

forks_made() {
  sed -n 's/^forks: //p' "$work/output" | tail -1
}

# Bounded by the life of the guest, which has a limit.
wait_for_forks() {
  until [ "$(forks_made)" -ge "$1" ] 2> /dev/null; do
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
  wait_for_forks 2
  # Somewhere in the life of a fork.
  delay_ms=$((RANDOM % 4000))
  sleep "$((delay_ms / 1000)).$(printf %03d $((delay_ms % 1000)))"
  made=$(forks_made)
  kill -TERM -- "-$pid"
  wait "$pid" 2> /dev/null || true
  # The last of its processes holds the disks' lock for a moment more.
  flock --timeout 30 "$work/disks" true
  pid=
  printf '%s, cut %s of %s, %s ms after the second of %s forks\n' "$storage" "$cut" "$cuts" "$delay_ms" "$made"
  run_program recover
done
