import type { CommandResult, CommandRunner, UserIdentity } from '@pgfork/core'

/** Nothing that git runs by itself: a repository may name such programs (git-config(1)). */
const runsNothing = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'log.showSignature=false',
  '--no-optional-locks',
  '--no-pager',
]
/** No user's configuration: whose repositories are safe has been decided. */
const environment = { HOME: '/', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }

/**
 * Runs one of git's commands that only look.
 *
 * @throws CommandError
 */
export const git = (
  runner: CommandRunner,
  folder: string,
  user: UserIdentity,
  args: readonly string[],
): Promise<CommandResult> =>
  runner.run('git', [...runsNothing, '-C', folder, ...args], { user, environment, timeoutMs: 20_000 })
