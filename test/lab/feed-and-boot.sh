#!/usr/bin/env bash
# First process of a guest's process namespace, so that both end together: the kernel, and what feeds it this script's standard input
# (see guest-main.sh for the form). usage: feed-and-boot.sh RUN_FOLDER COMMAND...
set -uo pipefail
run=$1
shift
if [ -e "$run/control/has-input" ]; then
  # What comes before the line is opened for reading is lost.
  {
    until [ -e "$run/control/reads-input" ]; do sleep 0.1; done
    base64 && printf '\004'
  } <&0 > "$run/input" &
fi
"$@" < /dev/null
exit
