import { type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/** Messages of OpenZFS 2.1 (LC_ALL=C). The first one that matches counts. */
const meanings: readonly CommandMeaning[] = [
  {
    // First: "Permission denied the ZFS utilities must be run as root" comes with many other messages.
    says: /permission denied|must be (run as root|superuser)|insufficient privileges|Operation not permitted|only be mounted by root|password is required/i,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as root, or give the driver a prefix such as ['sudo', '-n'], with the lines of docs/drivers/zfs.md in sudoers: zfs allow " +
      'delegates more than is needed, and on Linux only root can mount.',
  },
  {
    says: /modules (are|is) not loaded|Unable to open \/dev\/zfs|\/dev\/zfs and \/proc\/self\/mounts are required/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'Load the kernel module (modprobe zfs), and make sure that /dev/zfs exists and is accessible.',
  },
  {
    says: /out of space|No space left on device|quota exceeded|greater than available space/i,
    code: 'NO_SPACE',
    advice:
      'Remove forks, snapshots or files, add a device, or raise the quota: zfs list -o space shows what uses the space.',
  },
  {
    says: /dataset already exists|filesystem already mounted/,
    code: 'TARGET_EXISTS',
    advice: 'Choose another name (H6).',
  },
  {
    says: /dataset does not exist|could not find any snapshots|no such pool|parent does not exist/,
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57), or its pool is not imported: see zpool list.',
  },
  {
    says: /not currently mounted/,
    code: 'COPY_MISSING',
    advice: 'Another tool may have unmounted it (H57).',
  },
  {
    says: /has dependent clones|has children/,
    code: 'BUSY',
    advice: 'Clones or snapshots that somebody else made of it need it. Remove them first; pgfork never does (H51).',
  },
  {
    says: /is busy/,
    code: 'BUSY',
    advice: 'Open files, a working directory or a hold keep it: see zfs holds and fuser -vm.',
  },
  {
    says: /pool is read-only|pool I\/O is currently suspended/,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The pool accepts no writes: zpool status says why.',
  },
  {
    says: /key (is )?not loaded|encryption key/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: "A clone is encrypted with its source's key. Load it: zfs load-key.",
  },
  {
    says: /name is too long/,
    code: 'INVALID_OPTION',
    advice: 'A whole name in ZFS has at most 255 bytes: give the driver a shorter "parent", or rename the dataset.',
  },
  { says: /not a ZFS filesystem/i, code: 'DRIVER_NOT_APPLICABLE', advice: 'The copy driver works on any file system.' },
]

const howToInstall = (): string =>
  'Install OpenZFS (Debian: apt-get install zfsutils-linux), and the command in the prefix, if there is one.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
