import { type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/** Messages of util-linux 2.38, sudo and coreutils (LC_ALL=C). The first one that matches counts. */
const meanings: readonly CommandMeaning[] = [
  {
    says: /Permission denied|must be superuser|only root can|Operation not permitted|password is required|may not run sudo|not in the sudoers/i,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as root, or give the driver a prefix such as ['sudo', '-n'] that needs no password: only root can mount.",
  },
  {
    says: /unknown filesystem type/,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'The kernel has no overlayfs (modprobe overlay).',
  },
  {
    says: /No space left on device|Disk quota exceeded/,
    code: 'NO_SPACE',
    advice: 'Remove forks or files, or give the driver another "directory".',
  },
  { says: /already mounted/i, code: 'TARGET_EXISTS', advice: 'Choose another name (H6).' },
  {
    says: /: not mounted\.|: no mount point specified|No such file or directory|does not exist/,
    code: 'COPY_MISSING',
    advice: 'Another tool may have unmounted or removed it (H57).',
  },
  {
    says: /target is busy|Device or resource busy|Directory not empty/i,
    code: 'BUSY',
    advice: 'Something is still using it.',
  },
  {
    says: /wrong fs type, bad option, bad superblock/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The log of the kernel says why: dmesg | tail.',
  },
]

const howToInstall = (): string => 'Install the packages mount and coreutils.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
