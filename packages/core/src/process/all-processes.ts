import { exists, listPids, readStat } from './proc.ts'
import { isFirstPidNamespace } from './process-scope.ts'

/**
 * Every process of this machine, whatever namespace it lives in; undefined where some may be out of sight: in another PID
 * namespace than the machine's first, or where `/proc` hides other users' processes (`hidepid`).
 */
export function listAllProcesses(): number[] | undefined {
  if (process.platform !== 'linux' || !isFirstPidNamespace()) return undefined
  const pids = listPids()
  // Process 1 is there as long as the machine is, and belongs to root.
  const areShown = pids.includes(1) && pids.every((pid) => readStat(pid) !== undefined || !exists(pid))
  return areShown ? pids : undefined
}
