import { type CommandError, type CommandMeaning, interpretCommandError } from '@pgfork/core/driver'

/**
 * What GNU coreutils 9.1 say (LC_ALL=C) about files that vanished, or were replaced by renaming, while they were copied: one of
 * several verbs or none, then the name, then the reason. "cannot create" is different: there the copy itself is gone.
 */
const harmless = [
  /^cp: (?!cannot create ).*: No such file or directory$/,
  /^cp: skipping file .*, as it was replaced while being copied$/,
]

/** Whether a failed `cp` complains only about a live source's changes, whatever code it was given. The files that it left out are copied afterwards. */
export function isOfLiveSource({ code, stderr }: CommandError): boolean {
  if ((code !== 'COMMAND_FAILED' && code !== 'COPY_MISSING') || stderr === '') return false
  return stderr.split('\n').every((line) => harmless.some((pattern) => pattern.test(line)))
}

/** The C library's texts, which `cp` and `rm` print. The first one that matches counts. */
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
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57), or its file system is not mounted.',
  },
  {
    says: /Device or resource busy|Directory not empty|Is a directory|Not a directory|on a different device/,
    code: 'BUSY',
    advice: 'It has something mounted in it, or is still written to.',
  },
]

const howToInstall = (): string => 'Install the coreutils.'

export const explainCommandError = (error: unknown): unknown => interpretCommandError(error, meanings, howToInstall)
