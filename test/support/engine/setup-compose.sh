#!/usr/bin/env bash
# compose from Debian's packages, without installing any: cached in the lab's folder, which is printed. usage: setup-compose.sh
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
lab=${PGFORK_LAB:-/var/cache/pgfork-lab}
packages=(docker-compose libyaml-0-2)
for name in attr cached-property certifi chardet charset-normalizer distro distutils docker dockerpty docopt dotenv idna importlib-metadata \
  importlib-resources jsonschema lib2to3 more-itertools pkg-resources pyrsistent requests six texttable typing-extensions urllib3 websocket yaml zipp; do
  packages+=("python3-$name")
done

mkdir -p "$lab"
exec 9> "$lab/compose.lock"
flock 9
compose=$lab/compose-$(echo "${packages[@]}" | sha256sum | cut -c1-12)
if [ ! -d "$compose" ]; then
  new=$(mktemp -d "$lab/compose.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  mkdir "$new/packages" "$new/root"
  (cd "$new/packages" && bash "$here/../../lab/download-packages.sh" "${packages[@]}" > "$new/log" 2>&1) || { tail -20 "$new/log" >&2; exit 1; }
  for package in "$new"/packages/*.deb; do dpkg-deb -x "$package" "$new/root"; done
  chmod 755 "$new/root"
  mv "$new/root" "$compose"
fi
echo "$compose"
