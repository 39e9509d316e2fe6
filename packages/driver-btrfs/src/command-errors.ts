import { type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/** What btrfs-progs 6.2 says, mostly by way of the C library's texts (LC_ALL=C). The first one that fits counts. */
const meanings: readonly CommandMeaning[] = [
  {
    says: /No space left on device|Disk quota exceeded/,
    code: 'NO_SPACE',
    advice:
      'Remove forks or files, or add a device. Btrfs can be out of metadata space while data space is left: see btrfs filesystem usage.',
  },
  { says: /target path already exists|File exists/, code: 'TARGET_EXISTS', advice: 'Choose another name (H6).' },
  {
    says: /No such file or directory/,
    code: 'STORAGE_MISSING',
    advice: 'It may have been removed by other means (H57).',
  },
  {
    says: /Read-only file system/,
    code: 'PERMISSION_DENIED',
    advice: 'Mount the file system for writing; Btrfs makes it read-only by itself after errors (see dmesg).',
  },
  {
    says: /Operation not permitted|Permission denied|a password is required/,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as the subvolume's owner or as root, or give the driver a prefix such as ['sudo', '-n']. " +
      'To delete subvolumes, their owner needs the mount option user_subvol_rm_allowed.',
  },
  {
    says: /Invalid cross-device link/,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'Snapshots stay on the file system of their source: give the driver a "directory" there.',
  },
  {
    says: /not a btrfs filesystem|Not a Btrfs (filesystem|subvolume)|not a subvolume|Inappropriate ioctl/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'This is no Btrfs subvolume; the copy driver works on any file system.',
  },
  {
    says: /Device or resource busy|Directory not empty|Text file busy|on a different device/,
    code: 'BUSY',
    advice: 'Something is mounted in it, swaps on it, or was made in it.',
  },
]

const howToInstall = (): string =>
  'Install btrfs-progs (Debian: apt-get install btrfs-progs), and the words of the prefix, if any.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
