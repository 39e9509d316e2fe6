import { type CommandMeaning, installing, interpretCommandError } from '@pgfork/core/driver'

/** Messages of Ceph 16 to 19, QEMU and util-linux (LC_ALL=C). The first one that matches counts. */
const meanings: readonly CommandMeaning[] = [
  {
    says: /couldn't connect to the cluster|error connecting to the cluster|can't open (config file|ceph\.conf)|error parsing config|\(110\) Connection timed out|RADOS timed out|\(107\) Transport endpoint|error opening pool|failed to open pool|unable to open pool|unable to find a keyring|^(cluster connection .*)?timed out$/im,
    code: 'STORAGE_MISSING',
    advice:
      'The cluster does not answer, takes no writes because it is full, has no such pool, or the configuration or the key is missing: see ' +
      'ceph -s with the same conf and user (docs/drivers/rbd.md). Until then nothing of it counts as removed (H72).',
  },
  {
    // An image of the first format is looked for when there is no other, with a key that may not see one.
    says: /failed to stat image header: \(1\)/i,
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57).',
  },
  {
    // The lock is another client's, which doesn't answer and which this key may not shut out.
    says: /failed to blocklist lock owner|\(30\) Read-only file system/i,
    code: 'BUSY',
    advice:
      'Whoever has the image open does not answer, or has it mapped by the kernel with --exclusive, which lets nobody else make a snapshot. Nothing was done to it. ' +
      'See whether its host is well, and try again (H98); map it there without --exclusive.',
  },
  {
    says: /\(13\) Permission denied|\(1\) Operation not permitted|access denied|EACCES|EPERM|must be superuser|only root can|password is required|Operation not permitted|Permission denied/i,
    code: 'PERMISSION_DENIED',
    advice: 'Run as root, and give the client the rights in docs/drivers/rbd.md.',
  },
  {
    says: /\(28\) No space left|\(122\) Disk quota exceeded|No space left on device|Disk quota exceeded/i,
    code: 'NO_SPACE',
    advice: 'Remove forks, or enlarge the pool or its quota: ceph df detail (H55).',
  },
  {
    says: /\(17\) File exists|already mounted/i,
    code: 'TARGET_EXISTS',
    advice: 'Choose another name (H6).',
  },
  {
    says: /\(39\) Directory not empty|image has snapshots|\(16\) Device or resource busy|still has watchers|target is busy|Device or resource busy/i,
    code: 'BUSY',
    advice: 'Something is still using it.',
  },
  {
    says: /\(2\) No such file or directory|special device .* does not exist|: not mounted\.|: no mount point specified/i,
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57).',
  },
  {
    says: /wrong fs type, bad option, bad superblock|can't read superblock/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The log of the kernel says why: dmesg | tail.',
  },
]

/** The Debian packages of each command; without a line here, it is Ceph's. */
const packages: Readonly<Record<string, string>> = {
  mount: 'mount',
  umount: 'mount',
  losetup: 'mount',
  blkid: 'util-linux',
  'rbd-nbd': 'rbd-nbd',
  'qemu-storage-daemon': 'qemu-system-common and qemu-block-extra',
}

export const explainCommandError = (error: unknown): unknown =>
  interpretCommandError(error, meanings, installing(packages, 'ceph-common'))
