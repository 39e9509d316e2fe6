#!/usr/bin/env bash
# The file tree of an image like the official `postgres` one, as an archive for `docker import`. usage: make-image.sh MAJOR ARCHIVE
set -euo pipefail
major=$1 archive=$2 here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")") tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
lib=/usr/lib/postgresql/$major share=/usr/share/postgresql/$major
names=(bash sh id mkdir chown chmod cat sleep ls cp rm ln env true false setpriv locale)
mapfile -t programs < <(for name in "${names[@]}"; do type -P "$name" || true; done)
mapfile -t libraries < <({ ldd "${programs[@]}" || true; find "$lib" -type f \( -perm -u+x -o -name '*.so' \) -not -name '*llvm*' -exec ldd {} +; } 2> /dev/null |
  awk '/=> \// { print $3 } /^\t\// { print $1 }' | sort -u | grep -v libLLVM)
mkdir -p "$tree"/{usr/bin,usr/lib,usr/lib64,etc,tmp,run/postgresql,var/lib/postgresql/data,docker-entrypoint-initdb.d}
# A merged /usr, as on Debian.
for folder in bin lib lib64; do ln -s "usr/$folder" "$tree/$folder"; done
ln -s /run "$tree/var/run"
printf '%s\n' "${programs[@]}" "${libraries[@]}" "$lib" "$share" /usr/share/zoneinfo /usr/lib/locale/C.utf8 /etc/nsswitch.conf |
  sed 's|^/lib|/usr/lib|; s|^/bin|/usr/bin|; s|^/||' | sort -u > "$tree/.files"
tar -C / -ch --exclude='*/bitcode/*' --exclude='*llvmjit*' --ignore-failed-read -T "$tree/.files" 2> /dev/null | tar -C "$tree" -x
rm "$tree/.files"
printf 'root:x:0:0::/root:/bin/bash\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n' > "$tree/etc/passwd"
printf 'root:x:0:\npostgres:x:999:\n' > "$tree/etc/group"
chmod 755 "$tree"
chmod 1777 "$tree/tmp"
chown 999:999 "$tree/var/lib/postgresql" "$tree/var/lib/postgresql/data" "$tree/run/postgresql"
chmod 2775 "$tree/run/postgresql"
chmod 700 "$tree/var/lib/postgresql/data"
# As the official image does.
sed -i "s/^#listen_addresses = 'localhost'/listen_addresses = '*'/" "$tree$share/postgresql.conf.sample"
install -m 755 "$here/entrypoint.sh" "$tree/usr/bin/docker-entrypoint.sh"
tar -C "$tree" -cf "$archive" .
