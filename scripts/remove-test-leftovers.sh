#!/usr/bin/env bash
# Removes what tests left that were killed: their folders in the temporary directory, which are named after the process that
# made them, with what is mounted in them. Those of living processes stay.
set -uo pipefail
shopt -s nullglob

# unmount FOLDER: all that is mounted in it, the last first, with their loop devices
unmount() {
  local mounted image
  while read -r mounted; do
    if [[ $mounted = "$1"/* ]]; then umount "$mounted" || return; fi
  done < <(findmnt --raw --noheadings --output TARGET | tac)
  for image in "$1"/image*; do
    losetup --associated "$image" --noheadings --output NAME | xargs --no-run-if-empty losetup --detach
  done
}

# end_engine FOLDER: the container engine that works in it, with its containers, whose first processes are children of its shims
end_engine() {
  local pid
  for pid in $(pgrep --full -- "$1/"); do
    pkill --signal KILL --parent "$pid"
    kill -KILL "$pid"
  done 2> /dev/null
}

# end_ceph FOLDER: the cluster that works in it, and what has images of one open as files in it. Killed first, since a file system whose image
# waits for a cluster that is gone can't be unmounted.
end_ceph() {
  local pid device
  for pid in $(pgrep --full -- "^qemu-storage-daemon .*$1/"); do kill -KILL "$pid"; done 2> /dev/null
  while read -r device; do
    findmnt --raw --noheadings --output TARGET --source "$device" | xargs --no-run-if-empty umount
    losetup --detach "$device"
  done < <(losetup --noheadings --raw --output NAME,BACK-FILE | awk -v folder="$1/" 'index($2, folder) == 1 { print $1 }')
  if [ -e "$1/ceph.conf" ]; then bash "$(dirname "$0")/../test/support/ceph/cluster.sh" down "$1"; fi
} 2> /dev/null

# end_servers FOLDER: those that were to outlive the test: a standby's, a persistent fork's
end_servers() {
  local pid
  for pid in $(pgrep --exact postgres); do
    if [[ $(readlink "/proc/$pid/cwd") = "$1"/* ]]; then kill -QUIT "$pid"; fi
  done 2> /dev/null
}

# Engines first: they use what is mounted in other folders.
for folder in "${TMPDIR:-/tmp}"/pgfork-test-{engine-,}*; do
  [[ $folder =~ -([0-9]+)-[A-Za-z0-9_-]{6}$ && ! -e /proc/${BASH_REMATCH[1]} && -d $folder && ! -L $folder ]] || continue
  # Root's tests give some to the users that their servers run as.
  [[ -O $folder || ($EUID = 0 && $(stat --format %U "$folder") =~ ^(postgres|nobody)$) ]] || continue
  [[ $folder != */pgfork-test-engine-* ]] || end_engine "$folder"
  [[ ! $folder =~ /pgfork-test-(ceph|image)- ]] || end_ceph "$folder"
  end_servers "$folder"
  # They take a moment to end, as do those that end with the test.
  for ((attempt = 0; attempt < 100; attempt++)); do
    if failure=$({ unmount "$folder" && rm -rf --one-file-system "$folder"; } 2>&1); then continue 2; fi
    sleep 0.1
  done
  echo "$folder was left behind by a killed test: $failure" >&2
done

# The folders of their sockets. A server makes its own anew when it starts, and puts something into it at once.
find "${TMPDIR:-/tmp}" -maxdepth 1 -type d -regextype posix-extended -regex '.*/pgfork-[0-9a-f]{16}' -empty -mmin +1 -delete
