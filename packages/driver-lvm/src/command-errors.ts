import { CommandError, type ErrorCode } from '@pgfork/core'

interface Meaning {
  readonly says: RegExp
  readonly code: ErrorCode
  readonly advice: string
}

/** What LVM 2.03 and util-linux 2.38 say (LC_ALL=C). The first one that fits counts. */
const meanings: readonly Meaning[] = [
  {
    says: /already exists in volume group|already used|already mounted/i,
    code: 'TARGET_EXISTS',
    advice: 'Choose another name (H6).',
  },
  {
    says: /insufficient free (space|extents)|out of (data|metadata) space|No space left on device|free space in pool|needs_check|over the threshold|cannot create new thin volume, free space/i,
    code: 'NO_SPACE',
    advice: 'Remove forks, or extend the thin pool and its metadata: lvs -a -o +data_percent,metadata_percent (H55).',
  },
  {
    says: /Failed to find logical volume|Volume group .* not found|Cannot process volume group|special device .* does not exist|not found/i,
    code: 'STORAGE_MISSING',
    advice: 'It may have been removed by other means (H57).',
  },
  {
    says: /target is busy|device is busy|Device or resource busy|in use|contains a filesystem in use|is used by another device/i,
    code: 'BUSY',
    advice: 'Something still works in it.',
  },
  {
    says: /Permission denied|must be superuser|only root can|Operation not permitted|a password is required|Running as a non-root user/i,
    code: 'PERMISSION_DENIED',
    advice: "Run as root or give the driver a prefix such as ['sudo', '-n']: LVM and mounting are root's on Linux.",
  },
  {
    says: /not active|is inactive|Cannot activate/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'Activate the volume and its pool first: vgchange -ay.',
  },
  {
    says: /device-mapper driver|\/dev\/mapper\/control/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice: 'This kernel has no device mapper, or this container no access to it.',
  },
]

/** The Debian package of each command. */
const packages: Readonly<Record<string, string>> = { mount: 'mount', umount: 'mount' }

/** A failed command with the code that its words mean; other errors as they are. */
export function explainCommandError(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error
  if (error.code === 'COMMAND_NOT_FOUND') {
    const name = error.command.findLast((word) => word in packages)
    const advice = `Install ${name === undefined ? 'lvm2' : packages[name]} and, for thin pools, thin-provisioning-tools.`
    return recast(error, error.code, advice)
  }
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
