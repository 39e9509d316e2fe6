#!/usr/bin/env bash
# In a guest: forks a PostgreSQL under load by hand on each storage, and prints how long each step took. It proves that the guest's
# storage does what the drivers build on: a snapshot at one instant, from which a second server recovers to consistent data.
# usage: npm run lab -- bash test/lab/prove-storages.sh [lvm-ext4] [lvm-xfs] [zfs]
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[ -n "${PGFORK_LAB_GUEST:-}" ] || { echo 'Only in a guest: it writes to whole disks.' >&2; exit 1; }
programs=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)")
source_port=5544
fork_port=5545

# step NAME COMMAND...: runs it and prints its time; its output only if it fails.
step() {
  local name=$1 started=${EPOCHREALTIME/./} status=0
  shift
  "$@" > /tmp/step 2>&1 || status=$?
  printf '%-10s %-22s %6d ms\n' "$storage" "$name" $(((${EPOCHREALTIME/./} - started) / 1000))
  [ "$status" = 0 ] || { cat /tmp/step; dmesg | tail; exit 1; } >&2
}

pg() { runuser -u postgres -- "$programs/$1" "${@:2}"; }
ask() { pg psql -h 127.0.0.1 -p "$1" -XAtqc "$2" postgres; }

# make_lvm FILE_SYSTEM
make_lvm() {
  lvcreate -qq -V 3G --thinpool pool -n source pgfork_test
  "mkfs.$1" -q /dev/pgfork_test/source
  mount /dev/pgfork_test/source /mnt/source
}
make_lvm_ext4() { make_lvm ext4; }
make_lvm_xfs() { make_lvm xfs; }
snapshot_lvm() { lvcreate -qq -s -kn -n taken pgfork_test/source; }
clone_lvm() { lvcreate -qq -s -kn -n fork pgfork_test/taken; }
mount_lvm_ext4() { mount /dev/pgfork_test/fork /mnt/fork; }
mount_lvm_xfs() { mount -o nouuid /dev/pgfork_test/fork /mnt/fork; }
destroy_lvm() { umount /mnt/fork && lvremove -qq -y pgfork_test/fork pgfork_test/taken; }
remove_lvm() { umount /mnt/source && lvremove -qq -y pgfork_test/source; }

make_zfs() { zfs create -o mountpoint=/mnt/source -o recordsize=8k pgforktest/source; }
snapshot_zfs() { zfs snapshot pgforktest/source@taken; }
clone_zfs() { zfs clone -o canmount=noauto -o mountpoint=/mnt/fork pgforktest/source@taken pgforktest/fork; }
mount_zfs() { zfs mount pgforktest/fork; }
destroy_zfs() { zfs destroy pgforktest/fork && zfs destroy pgforktest/source@taken; }
remove_zfs() { zfs destroy pgforktest/source; }

start_source() {
  install -d -o postgres /mnt/source/postgres
  pg initdb -D /mnt/source/postgres -A trust
  printf '%s\n' "port = $source_port" "unix_socket_directories = ''" >> /mnt/source/postgres/postgresql.conf
  pg pg_ctl -D /mnt/source/postgres -l /tmp/source.log -w start
}

start_fork() {
  rm /mnt/fork/postgres/postmaster.pid
  pg pg_ctl -D /mnt/fork/postgres -l /tmp/fork.log -o "-p $fork_port" -w -t 120 start
}

# pgbench changes an account, a teller and a branch by the same amount in each transaction, which it also records.
expect_consistent() {
  [ "$(ask "$1" 'select (select sum(abalance) from pgbench_accounts) = all (array[(select sum(bbalance) from pgbench_branches),
    (select sum(tbalance) from pgbench_tellers), (select coalesce(sum(delta), 0) from pgbench_history)])')" = t ]
}

# prove MAKE SNAPSHOT CLONE MOUNT DESTROY REMOVE
prove() {
  mkdir -p /mnt/source /mnt/fork
  step 'volume' "$1"
  step 'initdb and start' start_source
  step 'pgbench -i -s 5' pg pgbench -h 127.0.0.1 -p "$source_port" -i -q -s 5 postgres
  pg pgbench -n -h 127.0.0.1 -p "$source_port" -c 4 -T 10 postgres > /tmp/load 2>&1 &
  local load=$! before after
  sleep 5
  before=$(ask "$source_port" 'select count(*) from pgbench_history')
  step 'snapshot under load' "$2"
  after=$(ask "$source_port" 'select count(*) from pgbench_history')
  step 'clone' "$3"
  step 'mount' "$4"
  step 'start of the fork' start_fork
  step 'the fork adds up' expect_consistent "$fork_port"
  local found
  found=$(ask "$fork_port" 'select count(*) from pgbench_history')
  if [ "$found" -lt "$before" ] || [ "$found" -gt "$after" ]; then
    echo "the fork has $found transactions, not $before to $after" >&2
    exit 1
  fi
  wait "$load"
  sed -n "s/^tps = /$storage pgbench -c 4, tps: /p" /tmp/load
  step 'stop of the fork' pg pg_ctl -D /mnt/fork/postgres -m fast -w stop
  step 'destroy' "$5"
  step 'the source adds up' expect_consistent "$source_port"
  step 'stop of the source' pg pg_ctl -D /mnt/source/postgres -m fast -w stop
  step 'remove' "$6"
}

[ $# -gt 0 ] || set -- lvm-ext4 lvm-xfs zfs
for storage in "$@"; do
  step 'pool' bash "$here/provision-${storage%%-*}.sh"
  case $storage in
    lvm-ext4) prove make_lvm_ext4 snapshot_lvm clone_lvm mount_lvm_ext4 destroy_lvm remove_lvm ;;
    lvm-xfs) prove make_lvm_xfs snapshot_lvm clone_lvm mount_lvm_xfs destroy_lvm remove_lvm ;;
    zfs) prove make_zfs snapshot_zfs clone_zfs mount_zfs destroy_zfs remove_zfs ;;
    *) echo "unknown storage $storage" >&2; exit 1 ;;
  esac
done
