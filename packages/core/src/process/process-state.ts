import type { CommandRunner } from '../command/command-runner.ts'
import { listAllProcesses } from './all-processes.ts'
import { exists, readInnermostPid, readPidNamespace, readStat } from './proc.ts'
import { type ProcessIdentity, startOfProcess } from './process-identity.ts'
import { currentScope, readBootTime } from './process-scope.ts'

/** `unknown`: nothing that can be seen from here proves either. */
export type ProcessState = 'running' | 'ended' | 'unknown'

/**
 * What can be proven of exactly this process (H58, H71): by its pid only in its own PID namespace, by the sight of all processes in
 * the machine's first one, and by a later boot of the same machine. A zombie has ended.
 */
export async function processState(identity: ProcessIdentity, runner: CommandRunner): Promise<ProcessState> {
  const here = currentScope()
  if (identity.machine !== here.machine) return 'unknown'
  if (identity.boot !== here.boot) return stateOfOtherBoot(identity)
  if (identity.pidNamespace !== here.pidNamespace) return stateInOtherNamespace(identity)
  const start = await startOfProcess(identity.pid, runner)
  if (start !== undefined) return start === identity.start ? 'running' : 'ended'
  return exists(identity.pid) && readStat(identity.pid) === undefined ? 'unknown' : 'ended'
}

/** Whether exactly this process is proven to run. */
export const isAlive = async (identity: ProcessIdentity, runner: CommandRunner): Promise<boolean> =>
  (await processState(identity, runner)) === 'running'

/** Whether exactly this process is proven to have ended. */
export const hasEnded = async (identity: ProcessIdentity, runner: CommandRunner): Promise<boolean> =>
  (await processState(identity, runner)) === 'ended'

/**
 * Containers may be given a machine's id and a boot's id of their own making: the kernel must have begun after the process did, and
 * the machine must have kept its name, as clones of it wouldn't.
 */
function stateOfOtherBoot({ hostName, startedAt }: ProcessIdentity): ProcessState {
  const bootTime = readBootTime()
  const isLater = bootTime !== undefined && bootTime > Date.parse(startedAt)
  return isLater && hostName === currentScope().hostName ? 'ended' : 'unknown'
}

function stateInOtherNamespace({ pid, start, pidNamespace }: ProcessIdentity): ProcessState {
  const pids = listAllProcesses()
  if (pids === undefined) return 'unknown'
  let state: ProcessState = 'ended'
  for (const candidate of pids) {
    const stat = readStat(candidate)
    if (stat === undefined || stat.isZombie || String(stat.startTicks) !== start) continue
    if (readInnermostPid(candidate) !== pid) continue
    const namespace = readPidNamespace(candidate)
    if (namespace === pidNamespace) return 'running'
    if (namespace === undefined) state = 'unknown'
  }
  return state
}
