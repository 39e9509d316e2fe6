#!/usr/bin/env bash
# The file tree of an image like the official `postgres` one, as an archive for `docker import`. usage: make-image.sh MAJOR BIN ARCHIVE
# BIN is Debian's /usr/lib/postgresql/MAJOR/bin, or that of an installation that works in whatever folder it lies, as npm's do.
set -euo pipefail
major=$1 bin=$2 archive=$3 here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")") tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
lib=/usr/lib/postgresql/$major own=()
installation=$(readlink -f "$bin/..")
if [ "$installation" = "$lib" ]; then share=/usr/share/postgresql/$major own=("$lib" "$share"); else share=$lib/share/postgresql; fi
names=(bash sh id mkdir chown chmod cat sleep ls cp rm ln env true false setpriv locale)
mapfile -t programs < <(for name in "${names[@]}"; do type -P "$name" || true; done)
mapfile -t libraries < <({ ldd "${programs[@]}" || true; find "$installation/bin" "$installation/lib" -type f \( -perm -u+x -o -name '*.so' \) -not -name '*llvm*' -exec ldd {} +; } 2> /dev/null |
  awk '/=> \// { print $3 } /^\t\// { print $1 }' | sort -u | grep -v -e libLLVM -e "$installation")
mkdir -p "$tree"/{usr/bin,usr/lib,usr/lib64,etc,tmp,run/postgresql,var/lib/postgresql/data,docker-entrypoint-initdb.d}
# A merged /usr, as on Debian.
for folder in bin lib lib64; do ln -s "usr/$folder" "$tree/$folder"; done
ln -s /run "$tree/var/run"
printf '%s\n' "${programs[@]}" "${libraries[@]}" "${own[@]}" /usr/share/zoneinfo /usr/lib/locale/C.utf8 /etc/nsswitch.conf |
  sed 's|^/lib|/usr/lib|; s|^/bin|/usr/bin|; s|^/||' | sort -u > "$tree/.files"
tar -C / -ch --exclude='*/bitcode/*' --exclude='*llvmjit*' --ignore-failed-read -T "$tree/.files" 2> /dev/null | tar -C "$tree" -x
rm "$tree/.files"
if [ "${#own[@]}" = 0 ]; then mkdir -p "$tree$lib" && cp -a "$installation"/{bin,lib,share} "$tree$lib"; fi
chmod -R a+rX "$tree$lib"
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
