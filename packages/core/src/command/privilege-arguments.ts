import process from 'node:process'
import type { UserIdentity } from './command-runner.ts'

/**
 * The words of util-linux's `setpriv` that run a command as another user and bind its life to the caller's. Without
 * need of either there are none, so that macOS, which has no `setpriv`, can do all the rest.
 *
 * `--pdeathsig` is set after the change of user, which would clear it (prctl(2)). SIGQUIT is PostgreSQL's immediate
 * shutdown: a server whose maker was killed has nobody left who would miss its last checkpoint.
 */
export function privilegeArguments(user: UserIdentity | undefined, diesWithCaller = false): string[] {
  const changesUser = user !== undefined && process.geteuid?.() === 0 && user.uid !== 0
  if (!changesUser && !diesWithCaller) return []
  return [
    'setpriv',
    ...(changesUser ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []),
    ...(diesWithCaller ? ['--pdeathsig=QUIT'] : []),
    '--',
  ]
}
