#!/usr/bin/env bash
# Runs in a guest, on the lines or the terminal that guest-main.sh made: the command that run-in-guest.sh was given.
set -uo pipefail
# The environment that is passed, and the variables `command`, `checkout` and `home` of run-in-guest.sh.
# shellcheck disable=SC1091
source /lab/control/variables
: "${command:?}" "${checkout:?}" "${home:?}"

# LVM's and ZFS' commands are in folders that not every PATH has.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin HOME=$home PGFORK_LAB_GUEST=1
if [ -e /lab/control/terminal ]; then
  read -r rows columns < /lab/control/terminal
  stty sane rows "$rows" cols "$columns"
fi
cd "$checkout" || exit 99
exec "${command[@]}"
