import type { Mutation } from './mutations.ts'

/** Of LVM and ZFS, whose tests run in guests of the lab. */
export const guestMutations: readonly Mutation[] = [
  {
    row: 'H51',
    file: 'packages/driver-zfs/src/snapshot.ts',
    find: "await runZfs(['hold', holdTag, ...ofPool], settings, context)",
    replace: 'void holdTag',
    test: 'packages/driver-zfs/src/remove.test.ts',
    guest: 'zfs',
  },
  {
    row: 'H52',
    file: 'packages/driver-zfs/src/clone.ts',
    find: 'const properties = [...inherited, ...own,',
    replace: 'const properties = [...own,',
    test: 'packages/driver-zfs/src/clone.test.ts',
    guest: 'zfs',
  },
  {
    row: 'H53',
    file: 'packages/driver-lvm/src/snapshot.ts',
    find: "['--setactivationskip', 'y']",
    replace: "['--setactivationskip', 'n']",
    test: 'packages/driver-lvm/src/clone.test.ts',
    guest: 'lvm',
  },
  {
    row: 'H54',
    file: 'packages/driver-lvm/src/mount-options.ts',
    find: "fileSystem === 'xfs' ? ['rw', 'nouuid'] : ['rw']",
    replace: "fileSystem === 'xfs' ? ['rw'] : ['rw']",
    test: 'packages/driver-lvm/src/clone.test.ts',
    guest: 'lvm',
  },
  {
    row: 'H60',
    file: 'packages/core/src/storage/kit/attach-mount.ts',
    find: 'const mountPoint = await makeMountPoint(clone)',
    replace: 'const mountPoint = entryFiles(clone)',
    test: 'packages/driver-zfs/src/conformance.test.ts',
    guest: 'zfs',
  },
  {
    row: 'H75',
    file: 'packages/driver-lvm/src/own-uuid.ts',
    find: "if (!fileSystem.startsWith('ext')) return false",
    replace: 'return false',
    test: 'packages/driver-lvm/src/own-uuid.test.ts',
    guest: 'lvm',
  },
  {
    row: 'H75',
    file: 'packages/driver-lvm/src/shared-uuid.ts',
    find: 'if (name === undefined) return',
    replace: 'return',
    test: 'packages/driver-lvm/src/shared-uuid.test.ts',
    guest: 'lvm',
  },
  {
    row: 'H75',
    file: 'packages/driver-lvm/udev/12-pgfork.rules',
    find: 'SUBSYSTEM=="block"',
    replace: 'SUBSYSTEM=="net"',
    test: 'packages/driver-lvm/src/shared-uuid.test.ts',
    guest: 'lvm',
  },
]
