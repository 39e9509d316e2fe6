import type { Operation } from '../../operation/operation.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import { currentScope, type ProcessScope } from '../../process/process-scope.ts'
import { processState } from '../../process/process-state.ts'
import type { GarbageRules } from './garbage.ts'

/**
 * Why the maker of a record counts as ended; undefined while it may still run. Of one whose end can't be proven from here (H71) the
 * user is told what he can do.
 */
export async function whyEnded(
  { runner, warn }: Operation,
  maker: ProcessIdentity,
  rules: GarbageRules,
): Promise<string | undefined> {
  const { pid, hostName, machine } = maker
  const state = await processState(maker, runner)
  if (state === 'ended') return `its maker (pid ${pid}) has ended`
  if (state === 'running') return undefined
  if (isGone(maker, rules)) return `its maker (pid ${pid} of ${hostName}) was on a machine that is gone for good`
  const isOther = machine !== currentScope().machine
  warn(
    `What processes ${isOther ? `of another machine, ${hostName}` : 'of another container or boot of this machine'}, have made is kept: ` +
      `it can't be seen from here whether they still run. Collect it there; if ${isOther ? 'that machine' : 'they'} will never come back, ` +
      `name goneMachines: ['${isOther ? machine : containerId(maker)}'].`,
  )
  return undefined
}

/** Whether a process was where the caller says that nothing is any more. */
export const isGone = (scope: ProcessScope, { goneMachines = [] }: GarbageRules): boolean =>
  goneMachines.includes(scope.machine) || goneMachines.includes(containerId(scope))

/** One boot and PID namespace of a machine. */
const containerId = ({ machine, boot, pidNamespace }: ProcessScope): string =>
  `${machine}/${boot.slice(0, 8)}/${pidNamespace}`

/** Whether a name of gone machines means the one that this process runs on. */
export const isHere = (name: string): boolean => name === currentScope().machine || name === containerId(currentScope())
