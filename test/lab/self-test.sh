#!/usr/bin/env bash
# Proves that guests do what run-in-guest.sh promises, in about 2 minutes. usage: self-test.sh [CASE...]
set -euo pipefail
# shellcheck source=paths.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/paths.sh"
guest=$lab_scripts/run-in-guest.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/pgfork-lab-test.XXXXXX")
# A guest that still runs ends with its runner.
trap 'jobs -p | xargs -r kill; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

fail() {
  echo "FAILED: $1" >&2
  [ ! -s "$work/output" ] || tail -20 "$work/output" >&2
  exit 1
}

# expect WHAT WANTED FOUND
expect() {
  [ "$2" = "$3" ] || fail "$1: wanted '$2', found '$3'"
}

# run STATUS ARGUMENT... : the guest's output is in $work/output and $work/errors
run() {
  local wanted=$1 status=0
  shift
  "$guest" "$@" > "$work/output" 2> "$work/errors" || status=$?
  expect "status of $1" "$wanted" "$status"
}

# wait_for PATTERN FILE
wait_for() {
  local end=$((SECONDS + 180))
  until grep -q "$1" "$2" 2> /dev/null; do
    [ "$SECONDS" -lt "$end" ] || fail "no '$1' in $2 within 180 s"
    sleep 0.1
  done
}

case_status_and_output() {
  run 7 bash -c 'seq 300000; seq 1000 >&2; exit 7'
  expect 'standard output' "$(seq 300000 | sha256sum)" "$(sha256sum < "$work/output")"
  expect 'standard error' "$(seq 1000 | sha256sum)" "$(sha256sum < "$work/errors")"
}

case_terminal() {
  local status=0
  script -qec "stty rows 40 cols 100; '$guest' bash -c 'tty; stty size; exit 5'" /dev/null < /dev/null > "$work/output" || status=$?
  expect 'status' 5 "$status"
  expect 'terminal' '/dev/tty1 40 100' "$(tr -d '\r' < "$work/output" | paste -sd' ')"
}

case_input() {
  head -c 100000 /dev/urandom > "$work/input"
  run 0 cat < "$work/input"
  cmp "$work/input" "$work/output" || fail 'the input came back changed'
  echo 'exit 6' > "$work/input"
  local status=0
  "$guest" < "$work/input" > "$work/output" 2>&1 || status=$?
  expect 'status of a shell fed by a file' 6 "$status"
}

case_results() {
  # shellcheck disable=SC2016
  PGFORK_LAB_RESULTS="$work/results" run 0 bash -c 'echo "$1" > "/lab/results/a file"' name 'an "argument" with $signs'
  # shellcheck disable=SC2016
  expect 'result' 'an "argument" with $signs' "$(cat "$work/results/a file")"
}

case_environment() {
  # shellcheck disable=SC2016
  DRIVERS=lvm SECRET=never SAID='two words' PGFORK_LAB_ENV='SAID' run 0 bash -c 'echo "$PWD:$DRIVERS:${SECRET:-}:$SAID"; node --version'
  expect 'environment' "$checkout:lvm::two words $(node --version)" "$(paste -sd' ' "$work/output")"
}

case_output_comes_live() {
  "$guest" bash -c 'echo first; sleep 30' > "$work/output" 2>&1 &
  local pid=$!
  wait_for first "$work/output"
  kill -0 "$pid" || fail 'ended before its command'
  kill -TERM "$pid"
  wait "$pid" || true
}

case_a_server_left_running_does_not_hang() {
  run 0 bash -c 'sleep 1000 & echo started'
  expect 'output' started "$(cat "$work/output")"
}

case_time_limit() {
  PGFORK_LAB_LIMIT_S=5 run 99 sleep 1000
}

case_a_dead_guest() {
  run 99 bash -c 'echo c > /proc/sysrq-trigger || busybox poweroff -f'
}

# folder_of_guest PID: the run's folder, which the guest's command line names.
folder_of_guest() {
  local process
  process=$(pgrep -P "$1" -x timeout)
  tr '\0' '\n' < "/proc/$process/cmdline" | sed -n 's,^uml_dir=\(.*\)/uml/$,\1,p'
}

# Signals: the guest is gone at once, with its memory and disks. After SIGKILL the next run removes the folder.
case_signals_leave_nothing() {
  local signal pid status run_folder
  for signal in INT TERM HUP KILL; do
    : > "$work/output"
    # Job control, or the shell would make it ignore SIGINT.
    set -m
    "$guest" bash -c 'echo up; sleep 1000' > "$work/output" 2>&1 &
    pid=$!
    set +m
    wait_for up "$work/output"
    run_folder=$(folder_of_guest "$pid")
    kill "-$signal" "$pid"
    status=0
    wait "$pid" 2> /dev/null || status=$?
    expect "status after SIG$signal" $((128 + $(kill -l "$signal"))) "$status"
    [ "$signal" = KILL ] || [ ! -e "$run_folder" ] || fail "SIG$signal left $run_folder"
    # The kernel ends the processes of a killed namespace one after the other.
    for _ in $(seq 50); do
      pgrep -f "uml_dir=$run_folder/" > /dev/null || break
      sleep 0.1
    done
    expect "processes after SIG$signal" '' "$(pgrep -f "uml_dir=$run_folder/" || true)"
  done
  touch -d '2 minutes ago' "$run_folder"
  run 0 true
  [ ! -e "$run_folder" ] || fail "the next run left $run_folder"
}

# A power cut (the guest is killed, not shut down): what was synced is there on the next boot.
case_disks_survive_a_power_cut() {
  export PGFORK_LAB_DISKS=$work/disks
  local pid
  # shellcheck disable=SC2016
  "$guest" bash -ec '
    bash test/lab/provision-lvm.sh; bash test/lab/provision-zfs.sh
    lvcreate -qq -V 512M --thinpool pool -n kept pgfork_test; mkfs.ext4 -q /dev/pgfork_test/kept
    mkdir /mnt/lvm; mount /dev/pgfork_test/kept /mnt/lvm; zfs create -o mountpoint=/mnt/zfs pgforktest/kept
    for folder in /mnt/lvm /mnt/zfs; do echo durable > $folder/file; sync $folder/file; done
    echo written; sleep 1000' > "$work/output" 2>&1 &
  pid=$!
  wait_for written "$work/output"
  kill -TERM "$pid"
  wait "$pid" || true
  run 0 bash -ec '
    bash test/lab/provision-lvm.sh; bash test/lab/provision-zfs.sh
    mkdir /mnt/lvm; mount /dev/pgfork_test/kept /mnt/lvm; cat /mnt/lvm/file /mnt/zfs/file'
  expect 'files' 'durable durable' "$(paste -sd' ' "$work/output")"
  unset PGFORK_LAB_DISKS
}

case_temporary_files_of_the_host_are_hidden() {
  run 0 bash -c 'ls -A /tmp /var/tmp /dev/shm'
  expect 'files' '/dev/shm:  /tmp:  /var/tmp:' "$(paste -sd' ' "$work/output")"
}

case_two_guests_at_once() {
  local pids=() number
  for number in 1 2; do
    PGFORK_LAB_RESULTS=$work/both "$guest" bash -c "touch /lab/results/up-$number
      for i in \$(seq 1200); do [ -e /lab/results/up-1 ] && [ -e /lab/results/up-2 ] && exit 0; sleep 0.1; done; exit 1" &
    pids+=($!)
  done
  for number in 0 1; do wait "${pids[$number]}" || fail 'two guests did not meet'; done
}

# Also where the guest covers the host's folders with its own, and never writable for real.
case_checkout_anywhere() {
  local folder
  for folder in "$work/a checkout" /dev/shm/pgfork-lab-test; do
    mkdir -p "$folder/test"
    cp -r "$lab_scripts" "$folder/test/lab"
    local status=0
    (cd / && "$folder/test/lab/run-in-guest.sh" bash -c 'pwd; ls; touch written-in-guest') > "$work/output" 2> "$work/errors" || status=$?
    local content
    content=$(ls "$folder")
    [[ $folder != /dev/shm/* ]] || rm -r "$folder"
    expect 'content on the host' test "$content"
    expect 'status' 0 "$status"
    expect 'folder' "$folder test" "$(paste -sd' ' "$work/output")"
  done
}

# A user-mode kernel switches floating-point and vector registers by ptrace: hashing beside other hashing shows when one leaks.
case_registers_are_kept() {
  # shellcheck disable=SC2016
  run 0 bash -ec '
    head -c 20000000 /dev/urandom > /dev/shm/data; wanted=$(sha256sum < /dev/shm/data)
    hash() { for i in $(seq 8); do [ "$(sha256sum < /dev/shm/data)" = "$wanted" ] || exit 1; node -e "
      let sum = 0; for (let i = 1; i < 2e6; i++) sum += Math.sqrt(i) / 3; if (sum.toFixed(3) !== process.argv[1]) process.exit(1)" "$1"; done; }
    sum=$(node -p "let sum = 0; for (let i = 1; i < 2e6; i++) sum += Math.sqrt(i) / 3; sum.toFixed(3)")
    for job in 1 2 3; do hash "$sum" & jobs+=($!); done; for job in "${jobs[@]}"; do wait $job; done'
}

all_cases() {
  declare -F | sed -n 's/^declare -f case_//p'
}

"$lab_scripts/setup.sh"
mkdir -p "$lab/runs"
[ $# -gt 0 ] || mapfile -t cases < <(all_cases)
for name in "${@:-${cases[@]}}"; do
  started=${EPOCHREALTIME/./}
  : > "$work/output"
  "case_$name"
  echo "passed: ${name//_/ } ($(((${EPOCHREALTIME/./} - started) / 1000)) ms)"
done
