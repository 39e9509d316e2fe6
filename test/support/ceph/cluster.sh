#!/usr/bin/env bash
# A Ceph cluster of one monitor, one manager and one disk, all in FOLDER and on ADDRESS, without systemd: about 10 s. Its daemons are told by their files of
# process ids. usage: cluster.sh up FOLDER ADDRESS | down FOLDER
set -euo pipefail
verb=$1 folder=$2
export CEPH_CONF=$folder/ceph.conf

up() {
  local address=$1 fsid uuid key id
  fsid=$(cat /proc/sys/kernel/random/uuid)
  uuid=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$folder"/{mon,mgr,osd,log}
  cat > "$CEPH_CONF" <<END
[global]
fsid = $fsid
mon_host = [v2:$address:3300,v1:$address:6789]
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = $folder/\$name.keyring
run_dir = $folder
admin_socket = $folder/\$name.\$pid.asok
public_addr = $address
cluster_addr = $address
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[mon]
mon_data = $folder/mon
keyring = $folder/mon.keyring
mon_cluster_log_file = $folder/log/cluster.log
log_file = $folder/log/mon.log
pid_file = $folder/mon.pid
[mgr]
mgr_data = $folder/mgr
keyring = $folder/mgr/keyring
mgr_initial_modules =
mgr_stats_period = 2
log_file = $folder/log/mgr.log
pid_file = $folder/mgr.pid
[osd]
osd_data = $folder/osd
keyring = $folder/osd/keyring
osd_objectstore = bluestore
bluestore_block_size = $((8 << 30))
bluestore_block_create = true
bluestore_cache_autotune = false
bluestore_cache_size = 64M
osd_memory_target = 900M
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
log_file = $folder/log/osd.log
pid_file = $folder/osd.pid
END
  ceph-authtool --create-keyring "$folder/mon.keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool --create-keyring "$folder/client.admin.keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$folder/mon.keyring" --import-keyring "$folder/client.admin.keyring"
  monmaptool --create --fsid "$fsid" --addv a "[v2:$address:3300,v1:$address:6789]" "$folder/monmap"
  ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/mon.keyring"
  ceph-mon -i a
  ceph --connect-timeout 60 auth get-or-create mgr.x mon 'allow profile mgr' osd 'allow *' mds 'allow *' > "$folder/mgr/keyring"
  ceph-mgr -i x
  key=$(ceph-authtool --gen-print-key)
  id=$(echo "{\"cephx_secret\": \"$key\"}" | ceph osd new "$uuid" -i -)
  ceph-authtool --create-keyring "$folder/osd/keyring" -n "osd.$id" --add-key "$key"
  ceph-osd -i "$id" --mkfs --osd-uuid "$uuid"
  ceph-osd -i "$id"
  ceph osd pool create rbd 8 8
  ceph osd set-require-min-compat-client mimic
  timeout 60 rbd pool init rbd
  rbd namespace create rbd/forks
}

down() {
  local daemon pid attempt
  for daemon in mgr osd mon; do
    pid=$(cat "$folder/$daemon.pid" 2> /dev/null) || continue
    [[ $(tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null) == ceph-$daemon\ * ]] || continue
    # One that was stopped would not hear of it.
    if ! { kill -CONT "$pid" && kill "$pid"; }; then continue; fi
    for ((attempt = 0; attempt < 100; attempt++)); do
      kill -0 "$pid" 2> /dev/null || continue 2
      sleep 0.1
    done
    kill -KILL "$pid" 2> /dev/null || true
  done
}

"$verb" "${@:3}"
