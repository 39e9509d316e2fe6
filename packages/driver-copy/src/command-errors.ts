import { type CommandError, type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/**
 * What GNU coreutils 9.1 say (LC_ALL=C) of files that vanished, or were replaced by renaming, while they were copied: one of
 * several verbs or none, then the name, then the reason. Where the copy itself is gone they can't create something.
 */
const harmless = [
  /^cp: (?!cannot create ).*: No such file or directory$/,
  /^cp: skipping file .*, as it was replaced while being copied$/,
]

/** Whether a failed `cp` complains of nothing but a live source's changes, whatever code it was given. The files that it left out are copied afterwards. */
export function isOfLiveSource({ code, stderr }: CommandError): boolean {
  if ((code !== 'COMMAND_FAILED' && code !== 'STORAGE_MISSING') || stderr === '') return false
  return stderr.split('\n').every((line) => harmless.some((pattern) => pattern.test(line)))
}

/** The C library's texts, as `cp` and `rm` pass them on. The first one that fits counts. */
const meanings: readonly CommandMeaning[] = [
  {
    says: /No space left on device|Disk quota exceeded/,
    code: 'NO_SPACE',
    advice: 'Remove forks or files, or give the driver another "directory".',
  },
  {
    says: /Permission denied|Operation not permitted|Read-only file system/,
    code: 'PERMISSION_DENIED',
    advice: "Run as the files' owner or as root.",
  },
  {
    says: /No such file or directory/,
    code: 'STORAGE_MISSING',
    advice: 'It may have been removed by other means (H57).',
  },
  {
    says: /Device or resource busy|Directory not empty|on a different device/,
    code: 'BUSY',
    advice: 'Something is mounted in it or still writes to it.',
  },
]

const howToInstall = (): string => 'Install the coreutils.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
