#!/usr/bin/env bash
# Goes on as process 1 of a guest: makes it look like a machine (/dev, /run, udev, loopback network), runs the command, hands its
# status over and powers off. /lab/control is the host's folder of this run, /lab/results the one for the user's results.
set -uo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# What comes and goes on the host while the guest runs: its temporary files, locks of its servers, records of its forks.
cover_host_state() {
  local checkout folder
  # shellcheck disable=SC1091
  checkout=$(source /lab/control/variables && echo "$checkout")
  # A checkout that lies in one of these folders, or below /run or /dev/shm, is seen again afterwards.
  mkdir -p /lab/checkout
  mount --bind "$checkout" /lab/checkout
  mount -t tmpfs -o mode=755 tmpfs /run
  for folder in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
  if [ -d /var/lib/pgfork ]; then mount -t tmpfs -o mode=755 tmpfs /var/lib/pgfork; fi
  mount -t devtmpfs dev /dev
  mkdir -p /dev/pts /dev/shm
  mount -t tmpfs -o mode=1777 shm /dev/shm
  if [ ! -d "$checkout" ]; then
    mkdir -p "$checkout"
    mount --bind /lab/checkout "$checkout"
  fi
  umount /lab/checkout
}

mount_file_systems() {
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  cover_host_state
  mount -t devpts -o ptmxmode=666 devpts /dev/pts
  mkdir -p /run/lock /run/lvm /run/lab /lab/results
  mount -t cgroup2 cgroup /sys/fs/cgroup
  mount -t hostfs none /lab/results -o "$(cat /lab/control/results)"
  ln -sfn /proc/self/fd /dev/fd
  ln -sfn fd/0 /dev/stdin
  ln -sfn fd/1 /dev/stdout
  ln -sfn fd/2 /dev/stderr
  ln -sfn /proc/self/mounts /etc/mtab
}

start_udev() {
  /lib/systemd/systemd-udevd --daemon 2> /dev/null
  udevadm trigger --type=subsystems --action=add
  # Of 620 devices, 595 are terminals, which nothing waits for.
  udevadm trigger --type=devices --action=add --subsystem-nomatch=tty
  udevadm settle --timeout=60
}

# Everything but this process, kernel threads and the processes given: like a machine that goes down.
kill_processes_except() {
  local folder pid
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [[ $pid = 1 || " $* " = *" $pid "* ]] || kill -KILL "$pid" 2> /dev/null
  done
}

# Serial lines carry the output to pipes of the host; the command writes to pipes, too, since it has no terminal. Input comes as base64
# and ends with a terminal's end of file (^D): a line can't carry the end of a pipe. The command's environment is none of this process',
# where the kernel's parameters are.
run_on_lines() {
  local lines=(tty1) copiers=() line status input=/dev/null
  [ -e /lab/control/two-lines ] && lines=(tty1 tty2)
  for line in "${lines[@]}"; do
    mkfifo "/run/lab/$line"
    { stty raw -echo <&1; exec cat "/run/lab/$line"; } > "/dev/$line" &
    copiers+=($!)
  done
  if [ -e /lab/control/has-input ]; then
    input=/run/lab/input
    mkfifo "$input"
    { touch /lab/control/reads-input; exec base64 -d; } < /dev/tty3 > "$input" &
  fi
  env -i bash /lab/control/guest-command.sh < "$input" > /run/lab/tty1 2> "/run/lab/${lines[-1]}"
  status=$?
  # A server that the command left running holds the output open.
  kill_processes_except "${copiers[@]}"
  wait "${copiers[@]}"
  return "$status"
}

run_on_terminal() {
  setsid -c env -i bash /lab/control/guest-command.sh < /dev/tty1 > /dev/tty1 2>&1
}

# A guest that is about to be killed tells what it was doing: its processes, and where the kernel holds those that are blocked.
tell_before_the_end() {
  sleep "$(cat /lab/control/last-words-after-s)"
  echo w > /proc/sysrq-trigger
  { ps -eo pid,ppid,stat,etimes,wchan:32,args --forest; dmesg | tail -200; } > /lab/control/last-words.new 2>&1
  mv /lab/control/last-words.new /lab/control/last-words
}

mount_file_systems
echo lab > /proc/sys/kernel/hostname
# sudo asks for its own name at each command.
echo '127.0.1.1 lab' >> /etc/hosts
ip link set lo up
mkdir -p /run/postgresql
if id postgres > /dev/null 2>&1; then chown postgres: /run/postgresql; fi
start_udev
tell_before_the_end &
watch=$!
if [ -e /lab/control/terminal ]; then run_on_terminal; else run_on_lines; fi
status=$?
kill "$watch" 2> /dev/null
kill_processes_except
echo "$status" > /lab/control/status.new
sync
mv /lab/control/status.new /lab/control/status
sync
busybox poweroff -f
