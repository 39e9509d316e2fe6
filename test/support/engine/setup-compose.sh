#!/usr/bin/env bash
# compose from Debian's packages, in a folder that is printed. usage: setup-compose.sh
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
packages=(docker-compose libyaml-0-2)
for name in attr cached-property certifi chardet charset-normalizer distro distutils docker dockerpty docopt dotenv idna importlib-metadata \
  importlib-resources jsonschema lib2to3 more-itertools pkg-resources pyrsistent requests six texttable typing-extensions urllib3 websocket yaml zipp; do
  packages+=("python3-$name")
done
exec bash "$here/../../lab/unpack-packages.sh" compose "${packages[@]}"
