import { CommandError, type ErrorCode } from '@pgfork/core'

interface Meaning {
  readonly says: RegExp
  readonly code: ErrorCode
  readonly advice: string
}

/** What OpenZFS 2.1 says (LC_ALL=C). The first one that fits counts. */
const meanings: readonly Meaning[] = [
  {
    says: /out of space|No space left on device|quota exceeded/i,
    code: 'NO_SPACE',
    advice:
      'Remove forks, snapshots or files, add a device, or raise the quota: zfs list -o space shows what takes how much.',
  },
  { says: /already exists/, code: 'TARGET_EXISTS', advice: 'Choose another name (H6).' },
  {
    says: /dataset does not exist|could not find any snapshots|no such pool|no such dataset/,
    code: 'STORAGE_MISSING',
    advice: 'It may have been removed by other means (H57).',
  },
  {
    says: /has dependent clones|has children|has dependents|dataset is busy|is busy|tag already exists|held/,
    code: 'BUSY',
    advice: 'Forks of it, snapshots made by other means, holds or open files keep it: zfs list -t all -r, zfs holds.',
  },
  {
    says: /permission denied|must be superuser|insufficient privileges|Operation not permitted|a password is required/i,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as root or give the driver a prefix such as ['sudo', '-n']. zfs allow can delegate snapshot, clone, destroy, hold and " +
      'release, but on Linux not mounting.',
  },
  {
    says: /key (is )?not loaded|encryption key/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'Load the key of the source dataset first: zfs load-key.',
  },
  {
    says: /modules (are|is) not loaded|Unable to open \/dev\/zfs/,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'Load the kernel module (modprobe zfs) and see that /dev/zfs is there and accessible.',
  },
  { says: /not a ZFS filesystem/i, code: 'DRIVER_NOT_APPLICABLE', advice: 'The copy driver works on any file system.' },
]

/** A failed command with the code that its words mean; other errors as they are. */
export function explainCommandError(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error
  if (error.code === 'COMMAND_NOT_FOUND')
    return recast(
      error,
      error.code,
      'Install OpenZFS (Debian: apt-get install zfsutils-linux), and the words of the prefix, if any.',
    )
  if (error.code !== 'COMMAND_FAILED') return error
  const meaning = meanings.find(({ says }) => says.test(error.stderr))
  return meaning === undefined ? error : recast(error, meaning.code, meaning.advice)
}

const recast = (error: CommandError, code: ErrorCode, advice: string): CommandError =>
  new CommandError(code, `${error.message.trimEnd()}\n${advice}`, {
    command: error.command,
    stderr: error.stderr,
    durationMs: Number(error.facts.durationMs),
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    cause: error,
  })
