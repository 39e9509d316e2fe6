import type { Operation } from '../../operation/operation.ts'
import { isLost, type ProcessIdentity } from '../../process/process-identity.ts'
import { currentScope, type ProcessScope } from '../../process/process-scope.ts'
import { processState } from '../../process/process-state.ts'
import type { VolumeCopy } from '../../storage/driver/driver-set.ts'
import type { FinderRules, GarbageRules } from './garbage.ts'

/** What a record says of who made it, and of what it is made in storage. */
export interface Made {
  readonly maker: ProcessIdentity
  readonly copies: readonly VolumeCopy[]
}

/**
 * Why the maker of a record counts as ended; undefined while it may still run. For `onlyDead` also where nothing is known of the maker,
 * since the record was rebuilt, and where a driver is missing.
 */
export async function whyEnded(
  operation: Operation,
  { maker, copies }: Made,
  rules: FinderRules,
): Promise<string | undefined> {
  const { onlyDead = false } = rules
  if (onlyDead && isLost(maker)) return undefined
  const reason = await whyMakerEnded(operation, maker, rules)
  return reason !== undefined && onlyDead && !(await operation.drivers.have(copies)) ? undefined : reason
}

/** Of one whose end can't be proven from here (H71) the user is told what he can do. */
async function whyMakerEnded(
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
