import { type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/** Messages of btrfs-progs 6.2, mostly the C library's texts (LC_ALL=C). The first one that matches counts. */
const meanings: readonly CommandMeaning[] = [
  {
    says: /No space left on device|Disk quota exceeded/,
    code: 'NO_SPACE',
    advice:
      'Remove forks or files, or add a device. Btrfs can run out of metadata space while data space is left: see btrfs filesystem usage.',
  },
  { says: /target path already exists|File exists/, code: 'TARGET_EXISTS', advice: 'Choose another name (H6).' },
  {
    says: /No such file or directory/,
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57), or its file system is not mounted.',
  },
  {
    says: /Read-only file system/,
    code: 'PERMISSION_DENIED',
    advice: 'Mount the file system read-write. After errors Btrfs itself makes it read-only: see dmesg.',
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
    advice: 'Snapshots must lie on the file system of their source: give the driver a "directory" there.',
  },
  {
    says: /not a btrfs filesystem|Not a Btrfs (filesystem|subvolume)|not a subvolume|Inappropriate ioctl/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'It is not a Btrfs subvolume. The copy driver works on any file system.',
  },
  {
    says: /Device or resource busy|Directory not empty|Is a directory|Not a directory|Text file busy|on a different device/,
    code: 'BUSY',
    advice: 'It has something mounted in it, a swap file, or other subvolumes.',
  },
]

const howToInstall = (): string =>
  'Install btrfs-progs (Debian: apt-get install btrfs-progs), and the command in the prefix, if there is one.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
