import process from 'node:process'
import type { UserIdentity } from './command-runner.ts'

/** Root asks for another user. */
export const changesUser = (user: UserIdentity | undefined): user is UserIdentity =>
  user !== undefined && process.geteuid?.() === 0 && user.uid !== 0

/**
 * The words of util-linux's `setpriv` that run a command as another user and bind its life to the caller's. Without
 * need of either there are none, so that macOS, which has no `setpriv`, can do all the rest.
 *
 * `--pdeathsig` is set after the change of user, which would clear it (prctl(2)).
 *
 * @param deathSignal what the kernel sends when the caller dies, however that happens
 */
export function privilegeArguments(user: UserIdentity | undefined, deathSignal?: 'QUIT' | 'KILL'): string[] {
  if (!changesUser(user) && deathSignal === undefined) return []
  return [
    'setpriv',
    ...(changesUser(user) ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []),
    ...(deathSignal === undefined ? [] : [`--pdeathsig=${deathSignal}`]),
    '--',
  ]
}
