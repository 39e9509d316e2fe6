import type { ErrorCode } from '../../errors/codes.ts'
import { CommandError } from '../../errors/command-error.ts'

/** What the words of a tool mean. */
export interface CommandMeaning {
  readonly says: RegExp
  readonly code: ErrorCode
  readonly advice: string
}

/**
 * A failed command with the code that its words mean, and what to do: for drivers. The first meaning that fits counts; a
 * command that fits none, and any other error, is returned as it is.
 */
export function interpretCommandError(
  error: unknown,
  meanings: readonly CommandMeaning[],
  howToInstall: (error: CommandError) => string,
): unknown {
  if (!(error instanceof CommandError)) return error
  if (error.code === 'COMMAND_NOT_FOUND') return recast(error, error.code, howToInstall(error))
  if (error.code !== 'COMMAND_FAILED') return error
  const meaning = meanings.find(({ says }) => says.test(error.stderr))
  return meaning === undefined ? error : recast(error, meaning.code, meaning.advice)
}

/**
 * What to install for a command that isn't there.
 *
 * @param packages those of each command
 * @param otherwise those of any other
 */
export const installing =
  (packages: Readonly<Record<string, string>>, otherwise: string) =>
  ({ command }: CommandError): string => {
    const name = command.findLast((word) => word in packages)
    return `Install ${name === undefined ? otherwise : packages[name]}.`
  }

const recast = (error: CommandError, code: ErrorCode, advice: string): CommandError =>
  new CommandError(code, `${error.message.trimEnd()}\n${advice}`, {
    command: error.command,
    stderr: error.stderr,
    durationMs: Number(error.facts.durationMs),
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    cause: error,
  })
