# shellcheck shell=bash
# Sourced by the commands that must work on a fresh clone: installs the npm packages when they are missing.
if [ ! -x node_modules/.bin/tsx ]; then
  echo 'Installing npm packages (npm ci) ...'
  npm ci
fi
