import process from 'node:process'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { changesUser } from '../command/privilege-arguments.ts'
import { CommandError } from '../errors/command-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { longestMs } from '../options/checks.ts'
import { homeOf } from '../process/owner-of.ts'
import { fillIn } from './restore-command.ts'

export interface RestoreRequest {
  readonly command: string
  readonly file: string
  readonly path: string
  readonly user: UserIdentity
}

/** That an archive doesn't have a file, as its command told it. */
export interface Absent {
  readonly file: string
  readonly exitCode: number
  readonly stderr: string
}

/** Shells and systems say with a status above this one that a command couldn't be run, or was ended by a signal (`RestoreArchivedFile`). */
const highestOrdinaryStatus = 125

/** The command stands in no list of processes, and in no error: it may hold a secret. Its own environment is without it. */
const script = 'eval "unset PGFORK_RESTORE_COMMAND; $PGFORK_RESTORE_COMMAND"'

/** `timeout` ends all processes of the command when it is ended itself. Its own limit is the longest of all, after which the runner's is over. */
const shell: readonly [string, ...string[]] =
  process.platform === 'linux' ? ['timeout', '-k', '3', String(Math.ceil(longestMs / 1000)), 'sh'] : ['sh']

/**
 * Has a `restore_command` copy a file to a path. It runs by `sh`, as the owner of the source's files and never as root, as it would in the
 * source's server: in `/`, without a terminal or input, with a clean environment (`PATH`, his `HOME`, `LC_ALL=C`).
 *
 * @returns undefined where it said that it has copied the file
 * @throws PgforkError `COMMAND_FAILED` for one that couldn't be run or was ended by a signal, `COMMAND_TIMED_OUT`, `ABORTED`
 */
export async function runRestoreCommand(
  runner: CommandRunner,
  { command, file, path, user }: RestoreRequest,
): Promise<Absent | undefined> {
  const environment = {
    ...(changesUser(user) ? { HOME: homeOf(user.uid) ?? '/' } : {}),
    PGFORK_RESTORE_COMMAND: fillIn(command, { file, path }),
  }
  const [program, ...args] = shell
  try {
    await runner.run(program, [...args, '-c', script], { user, environment, leavesChildren: true })
    return undefined
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const { exitCode, stderr } = error
    const isAnswer = error.code === 'COMMAND_FAILED' && exitCode !== undefined && exitCode <= highestOrdinaryStatus
    if (isAnswer) return { file, exitCode, stderr: stderr.trim() }
    throw error.code === 'ABORTED' ? error : notRun(file, error)
  }
}

function notRun(file: string, error: CommandError): PgforkError {
  const { exitCode, stderr } = error
  const signal = error.facts.signal ?? signalOf(exitCode)
  const how =
    error.code === 'COMMAND_TIMED_OUT'
      ? 'did not end in time (timeouts.commandMs)'
      : signal === undefined
        ? `could not be run (exit status ${exitCode})`
        : `was ended by ${signal}`
  const said = stderr.trim() === '' ? '' : `: ${stderr.trim()}`
  return new PgforkError(
    error.code,
    `The restore command for ${file} ${how}${said}. Try it by hand, as the owner of the source's files.`,
    {
      cause: error,
      facts: { file, exitCode, signal, stderr },
    },
  )
}

/** Of a shell, whose command a signal ended. */
const signalOf = (exitCode: number | undefined): string | undefined =>
  exitCode !== undefined && exitCode > 128 ? `signal ${exitCode - 128}` : undefined
