#!/usr/bin/env bash
# Builds OpenZFS' modules for Debian's stock user-mode-linux kernel from Debian's zfs-dkms source, in about 2 minutes. No kernel is
# built: `modules_prepare` in the source that the kernel was built from, and a Module.symvers that is read out of the kernel itself
# (enough, as that kernel has no CONFIG_MODVERSIONS). usage: build-zfs-modules.sh FOLDER; called by setup.sh, which sets the variables.
set -euo pipefail
scripts=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
target=$1
: "${lab:?}" "${kernel_release:?}" "${linux_uml:?}"
work=$(mktemp -d "$lab/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# run_logged NAME COMMAND...
run_logged() {
  local name=$1
  shift
  "$@" > "$work/$name.log" 2>&1 || {
    echo "$name failed:"
    grep -E -A3 'error|undefined!' "$work/$name.log" | head -20 || true
    tail -20 "$work/$name.log"
    exit 1
  } >&2
}

find_kernel_source() {
  local series
  series=$(cut -d. -f1,2 <<< "$kernel_release")
  linux_version=$(dpkg-query -W -f '${Built-Using}' user-mode-linux | sed -n 's/.*linux (= \([^)]*\)).*/\1/p')
  # dpkg knows Built-Using only of packages whose status has it; apt's lists have it, too.
  [ -n "$linux_version" ] || linux_version=$(apt-cache show user-mode-linux | sed -n 's/^Built-Using:.*linux (= \([^)]*\)).*/\1/p' | head -1)
  [ -n "$linux_version" ] || { echo 'Cannot tell which linux-source the package user-mode-linux was built from.' >&2; exit 1; }
  linux_source="linux-source-$series"
}

unpack_kernel_source() {
  mkdir linux
  # Only what modules_prepare and a module build for ARCH=um read (the Kconfig files of every architecture are among that).
  dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO "./usr/src/$linux_source.tar.xz" | xz -dc -T0 |
    tar -x -C linux --strip-components=1 --exclude='*/drivers/*/*.c' --exclude='*/drivers/*/*.h' --exclude='*/Documentation/*.rst' \
      --exclude='*/sound/*.[ch]' --exclude='*/tools/testing/*' --exclude='*.dts*'
}

prepare_kernel_source() {
  zcat /usr/share/doc/user-mode-linux/config.gz > linux/.config
  run_logged olddefconfig make -C linux ARCH=um olddefconfig
  run_logged modules_prepare make -C linux ARCH=um -j"$(nproc)" modules_prepare
  local release
  release=$(cat linux/include/config/kernel.release)
  [ "$release" = "$kernel_release" ] || { echo "$linux_source $linux_version gives $release, the guest is $kernel_release" >&2; exit 1; }
  node "$scripts/kernel-symbols.mjs" "$linux_uml" > linux/Module.symvers
}

build_zfs() {
  dpkg-deb --fsys-tarfile zfs-dkms_*.deb | tar -x ./usr/src
  mv usr/src/zfs-* zfs
  cd zfs
  export ARCH=um
  run_logged configure ./configure --prefix=/usr --with-config=kernel --with-linux="$work/linux" --with-linux-obj="$work/linux"
  # A user-mode kernel has no kernel_fpu_begin: leave out the header and the variants in assembler.
  sed -i -E 's,^#define (HAVE_(SSE|SSE2|SSE3|SSSE3|SSE4_1|SSE4_2|AVX|AVX2|AVX512[A-Z]*|AES|PCLMULQDQ|MOVBE|XSAVE[A-Z]*|KERNEL_FPU[A-Z_]*|UNDERSCORE_KERNEL_FPU)|KERNEL_EXPORTS_X86_FPU) .*,/* \1: off for UML */,' zfs_config.h
  sed -i 's,^#if defined(__x86)$,#if defined(__x86) \&\& !defined(CONFIG_UML),' include/os/linux/kernel/linux/simd.h
  # The kernel has CONFIG_X86_64 but not CONFIG_X86, and its Makefile passes -Dsetjmp=kernel_setjmp to C files only.
  sed -i 's,(CONFIG_X86),(CONFIG_X86_64),' module/*/Makefile.in module/*/Makefile
  sed -i '1i #define setjmp kernel_setjmp\n#define longjmp kernel_longjmp' module/lua/setjmp/setjmp.S
  run_logged make make -j"$(nproc)"
  mkdir "$work/stripped"
  local module
  for module in module/*/*.ko; do strip -g -o "$work/stripped/$(basename "$module")" "$module"; done
}

find_kernel_source
run_logged download "$scripts/download-packages.sh" "$linux_source=$linux_version" zfs-dkms
unpack_kernel_source
prepare_kernel_source
build_zfs
chmod 755 "$work/stripped"
mv "$work/stripped" "$target"
