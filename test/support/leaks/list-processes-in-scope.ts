import { isBelow } from '../system/is-below.ts'
import { listProcesses, type RunningProcess } from '../system/processes.ts'
import type { SystemScope } from './system-scope.ts'

/** This process's descendants and whatever works below the scope's folders; on a whole machine all PostgreSQL processes. */
export async function listProcessesInScope({ folders, wholeMachine }: SystemScope): Promise<RunningProcess[]> {
  const processes = await listProcesses()
  const parents = new Map(processes.map(({ pid, parentPid }) => [pid, parentPid]))
  return processes.filter(({ pid, command, workingDirectory }) => {
    if (pid === process.pid) return false
    if (wholeMachine && /\bpostgres\b/.test(command)) return true
    if (workingDirectory !== undefined && folders.some((folder) => isBelow(workingDirectory, folder))) return true
    return ancestors(pid, parents).includes(process.pid)
  })
}

export function ancestors(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const found: number[] = []
  for (let next = parents.get(pid); next !== undefined && next > 0; next = parents.get(next)) found.push(next)
  return found
}
