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
const environment = {
  // No user's configuration: whose repositories are safe has been decided.
  ...{ HOME: '/', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  // What a partial clone lacks is fetched by whoever looks for it, by programs that the repository names. This outweighs what it allows.
  GIT_ALLOW_PROTOCOL: 'none',
}

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
