import type { Fork } from '@pgfork/core'
import { listProcesses } from '../system/processes.ts'

/** The servers that run in a fork's data directory, as processes: not more than one is right. */
export async function serversOf({ dataDirectory }: Pick<Fork, 'dataDirectory'>): Promise<number[]> {
  const processes = await listProcesses()
  const inside = processes.filter(({ workingDirectory }) => workingDirectory?.startsWith(dataDirectory))
  return inside.filter(({ parentPid }) => !inside.some(({ pid }) => pid === parentPid)).map(({ pid }) => pid)
}
