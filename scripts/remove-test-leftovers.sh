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

# Engines first: they use what is mounted in other folders.
for folder in "${TMPDIR:-/tmp}"/pgfork-test-{engine-,}*; do
  [[ $folder =~ -([0-9]+)-[A-Za-z0-9_-]{6}$ && ! -e /proc/${BASH_REMATCH[1]} && -d $folder && ! -L $folder ]] || continue
  # Root's tests give some to the users that their servers run as.
  [[ -O $folder || ($EUID = 0 && $(stat --format %U "$folder") =~ ^(postgres|nobody)$) ]] || continue
  [[ $folder != */pgfork-test-engine-* ]] || end_engine "$folder"
  # Its servers end with it, which takes them a moment.
  for ((attempt = 0; attempt < 100; attempt++)); do
    if failure=$({ unmount "$folder" && rm -rf --one-file-system "$folder"; } 2>&1); then continue 2; fi
    sleep 0.1
  done
  echo "$folder was left behind by a killed test: $failure" >&2
done
