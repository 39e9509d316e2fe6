import { type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/** What OpenZFS 2.1 says (LC_ALL=C). The first one that fits counts. */
const meanings: readonly CommandMeaning[] = [
  {
    // First, since "Permission denied the ZFS utilities must be run as root" has many faces.
    says: /permission denied|must be (run as root|superuser)|insufficient privileges|Operation not permitted|only be mounted by root|password is required/i,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as root or give the driver a prefix such as ['sudo', '-n']. zfs allow can delegate snapshot, clone, destroy, hold and " +
      'release, but on Linux not mounting.',
  },
  {
    says: /modules (are|is) not loaded|Unable to open \/dev\/zfs|\/dev\/zfs and \/proc\/self\/mounts are required/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'Load the kernel module (modprobe zfs) and see that /dev/zfs is there and accessible.',
  },
  {
    says: /out of space|No space left on device|quota exceeded|greater than available space/i,
    code: 'NO_SPACE',
    advice:
      'Remove forks, snapshots or files, add a device, or raise the quota: zfs list -o space shows what takes how much.',
  },
  {
    says: /dataset already exists|filesystem already mounted/,
    code: 'TARGET_EXISTS',
    advice: 'Choose another name (H6).',
  },
  {
    says: /dataset does not exist|could not find any snapshots|no such pool|parent does not exist/,
    code: 'STORAGE_MISSING',
    advice: 'It may have been removed by other means (H57), or its pool is not imported: zpool list.',
  },
  {
    says: /not currently mounted/,
    code: 'STORAGE_MISSING',
    advice: 'It may have been unmounted by other means (H57).',
  },
  {
    says: /has dependent clones|has children/,
    code: 'BUSY',
    advice: 'Clones or snapshots that others made of it need it. They are not touched: remove them first (H51).',
  },
  {
    says: /is busy/,
    code: 'BUSY',
    advice: 'Open files, a working directory or a hold keep it: zfs holds, fuser -vm.',
  },
  {
    says: /pool is read-only|pool I\/O is currently suspended/,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The pool takes no writes: zpool status says why.',
  },
  {
    says: /key (is )?not loaded|encryption key/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: "A clone is encrypted with its source's key, which must be loaded: zfs load-key.",
  },
  {
    says: /name is too long/,
    code: 'INVALID_OPTION',
    advice: 'ZFS takes 255 bytes for a whole name: give the driver a shorter "parent", or rename the dataset.',
  },
  { says: /not a ZFS filesystem/i, code: 'DRIVER_NOT_APPLICABLE', advice: 'The copy driver works on any file system.' },
]

const howToInstall = (): string =>
  'Install OpenZFS (Debian: apt-get install zfsutils-linux), and the words of the prefix, if any.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
