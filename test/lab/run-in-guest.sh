#!/usr/bin/env bash
# Boots a guest (about 3 s), runs a command in it as root, in the checkout's folder, and prints its output as it comes. Exits with the
# command's status; 99: the guest died or the time was over. With a terminal, the command has one, too; without a command: a shell.
# Standard input that is a file or a pipe reaches the command, too.
# In the guest: the host's file tree (what is written there vanishes with the guest), the empty disks /dev/ubdb and /dev/ubdc, udev,
# the loopback network, and /lab/results, which the host sees as $PGFORK_LAB_RESULTS.
#
# usage: run-in-guest.sh [COMMAND [ARGUMENT...]]
#
# PGFORK_LAB          cache of what is built once, default /var/cache/pgfork-lab
# PGFORK_LAB_CPU      the one CPU the guest is pinned to (unpinned it is up to 5 times slower); default: one without a guest
# PGFORK_LAB_MEMORY_MB  default 4096; taken as it is needed
# PGFORK_LAB_DISK_MB  size of each disk, default 8192; taken as it is needed
# PGFORK_LAB_FLUSH    set: a guest's flush of a disk waits for the host's disk; else it doesn't, see uml-shim.c
# PGFORK_LAB_DISKS    a folder that keeps the disks for the next boot; default: they are thrown away
# PGFORK_LAB_LIMIT_S  seconds after which the guest is killed, default 1200; with a terminal 8 hours
# PGFORK_LAB_RESULTS  the folder that the guest sees as /lab/results
# PGFORK_LAB_ENV      names of further environment variables to pass; see environment.sh for those that always are
set -euo pipefail
# shellcheck source=paths.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/paths.sh"
# shellcheck source=environment.sh
source "$lab_scripts/environment.sh"

"$lab_scripts/setup.sh" >&2
find_lab_paths
[ "$(id -u)" = 0 ] || { echo 'A guest is booted as root.' >&2; exit 1; }
[ -z "${PGFORK_LAB_GUEST:-}" ] || { echo 'This is a guest already: run the command itself.' >&2; exit 1; }
[ $# -gt 0 ] || set -- bash

umask 022
mkdir -p "$lab/runs"
run=$(mktemp -d "$lab/runs/XXXXXX")
exec 7< "$run"
flock 7
guest_pid='' saved_terminal='' copiers=()

# Whoever asks this script to end, also by Ctrl-C: kill the guest, wait until all its processes are gone (they hold the output's
# pipes open until then), remove what it used.
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' INT TERM HUP
  if [ -n "$guest_pid" ]; then
    kill -KILL "$guest_pid" 2> /dev/null || true
    wait "$guest_pid" 2> /dev/null || true
  fi
  exec 3>&- 4>&- 5>&- 6>&-
  [ "${#copiers[@]}" = 0 ] || wait "${copiers[@]}" || true
  [ -z "$saved_terminal" ] || stty "$saved_terminal" < /dev/tty || true
  rm -rf "$run"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What runs left behind that were killed by SIGKILL: their folders' locks are free. A young folder may not have its lock yet.
remove_stale_runs() {
  local folder
  find "$lab/runs" -mindepth 1 -maxdepth 1 -mmin +1 | while read -r folder; do
    if flock -n "$folder" true; then rm -rf "$folder"; fi
  done
}

# The first CPU that no other guest is pinned to; when all are taken, the last. The lock lasts as long as this process.
choose_cpu() {
  local candidate
  for ((candidate = 0; candidate < $(nproc --all); candidate++)); do
    taskset -c "$candidate" true 2> /dev/null || continue
    cpu=$candidate
    exec 8> "$lab/cpu-$cpu.lock"
    if flock -n 8; then break; fi
  done
}

make_disks() {
  disks=$(readlink -m "${PGFORK_LAB_DISKS:-$run/disks}")
  mkdir -p "$disks"
  exec 9< "$disks"
  flock -n 9 || { echo "Another guest uses the disks in $disks." >&2; exit 1; }
  local disk
  for disk in b c; do
    [ -e "$disks/disk-$disk.img" ] || truncate -s "${PGFORK_LAB_DISK_MB:-8192}M" "$disks/disk-$disk.img"
  done
}

# A guest's memory is an unlinked file. Containers often have a /dev/shm too small for it, which would kill the guest in the middle.
choose_memory() {
  memory_mb=${PGFORK_LAB_MEMORY_MB:-4096}
  memory_folder=/dev/shm
  [ "$(df --output=avail --block-size=1M /dev/shm 2> /dev/null | tail -1)" -ge "$memory_mb" ] || memory_folder=$run
}

# The folder through which this script and guest-main.sh talk.
make_control_folder() {
  mkdir "$run/control" "$run/uml"
  cp "$lab_scripts"/guest-{init,main,command}.sh "$run/control/"
  local results=${PGFORK_LAB_RESULTS:-$run/results}
  mkdir -p "$results"
  readlink -f "$results" > "$run/control/results"
  echo "$((limit_s > 60 ? limit_s - 30 : limit_s / 2))" > "$run/control/last-words-after-s"
  local command=("$@") home=$HOME
  {
    print_passed_environment
    declare -p command checkout home
  } > "$run/control/variables"
  if [ -t 0 ] && [ -t 1 ]; then
    stty size > "$run/control/terminal"
    saved_terminal=$(stty -g)
    return
  fi
  [ /dev/fd/1 -ef /dev/fd/2 ] || touch "$run/control/two-lines"
  if [ -p /dev/stdin ] || [ -f /dev/stdin ] || [ -S /dev/stdin ]; then touch "$run/control/has-input"; fi
}

# A guest's lines are pipes: a user-mode kernel can't poll a file. 3: messages of the kernel, 4 and 5: the command's output, 6: its
# input, or its terminal.
open_lines() {
  exec 3> >(exec cat > "$run/console")
  copiers+=($!)
  if [ -n "$saved_terminal" ]; then
    # Opened anew, since the kernel makes it non-blocking, which would last for who shares it.
    exec 4> /dev/null 5> /dev/null 6<> "$(tty)"
    lines=('con1=fd:6')
  else
    # Held open at both ends: the line would be hung up at its end, with what is not read yet.
    mkfifo "$run/input"
    exec 4> >(exec cat) 6<> "$run/input"
    copiers+=($!)
    exec 5> >(exec cat >&2)
    copiers+=($!)
    lines=('con1=null,fd:4' 'con2=null,fd:5' 'con3=fd:6,null')
  fi
}

# In a process namespace of its own, so that killing its first process takes all of the guest's processes along, and with each
# process asking for its death with its parent, so that even this script's SIGKILL leaves none.
boot() {
  local with_parent=(setpriv --pdeathsig KILL)
  local options=(mem="${memory_mb}M" umid=guest uml_dir="$run/uml/" root=/dev/root rootfstype=hostfs rootflags=/ ro
    init="$run/control/guest-init.sh" LAB_ROOT="$guest_root" LAB_CONTROL="$run/control"
    ubdb="$disks/disk-b.img" ubdc="$disks/disk-c.img" con=null 'con0=null,fd:3' "${lines[@]}" quiet)
  "${with_parent[@]}" timeout --foreground --signal KILL "$limit_s" \
    "${with_parent[@]}" unshare --pid --fork --kill-child=KILL \
    bash "$lab_scripts/feed-and-boot.sh" "$run" env LD_PRELOAD="$shim" TMPDIR="$memory_folder" taskset -c "$cpu" "$linux_uml" "${options[@]}" <&0 >&3 2>&3 7>&- 8>&- &
  guest_pid=$!
  exec 3>&- 4>&- 5>&- 6>&-
  wait "$guest_pid" || guest_status=$?
  guest_pid=
  wait "${copiers[@]}"
  copiers=()
}

# A function, so that the shell has read this file to its end before a guest runs: it may be edited meanwhile.
main() {
  remove_stale_runs
  [ -n "$cpu" ] || choose_cpu
  make_disks
  choose_memory
  limit_s=${PGFORK_LAB_LIMIT_S:-1200}
  if [ -t 0 ] && [ -t 1 ]; then limit_s=${PGFORK_LAB_LIMIT_S:-28800}; fi
  make_control_folder "$@"
  open_lines
  boot
  local status
  if ! status=$(cat "$run/control/status" 2> /dev/null); then
    status=99
    [ "$guest_status" = 0 ] || echo "The guest was killed, or its time was over (status $guest_status)." >&2
    tail -15 "$run/console" >&2
    cat "$run/control/last-words" >&2 2> /dev/null || true
  fi
  exit "$status"
}

cpu=${PGFORK_LAB_CPU:-} guest_status=0
main "$@"
