import { readdir, readFile, stat } from 'node:fs/promises'
import { listProcesses } from '../system/processes.ts'
import { isOurServer } from '../system/started-servers.ts'
import type { SystemScope } from './system-scope.ts'

/**
 * System V segments whose creator is gone and was a server of ours. One of a living server belongs to that, and is known
 * by it; who has left another one can't be told: other tests, which crash servers, run at the same time.
 */
export async function collectSegments({ wholeMachine }: SystemScope): Promise<string[]> {
  const living = new Set((await listProcesses()).map(({ pid }) => pid))
  const rows = (await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')).split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .map(([key, id, , , creator]) => ({ key, id, creator: Number(creator) }))
    .filter(({ id, creator }) => id !== undefined && (wholeMachine || (isOurServer(creator) && !living.has(creator))))
    .map(({ key, id, creator }) => `segment ${id} (key ${key}, made by process ${creator})`)
}

/** PostgreSQL's files in /dev/shm that no living process has mapped. Nothing tells whose they were, but a segment is left with them. */
export async function collectSharedFiles(scope: SystemScope): Promise<string[]> {
  const { wholeMachine } = scope
  if (!wholeMachine && (await collectSegments(scope)).length === 0) return []
  const names = (await readdir('/dev/shm').catch(() => [])).filter((name) => name.startsWith('PostgreSQL.'))
  if (names.length === 0 || wholeMachine) return names.map((name) => `/dev/shm/${name}`)
  const processes = await listProcesses()
  const maps = await Promise.all(processes.map(({ pid }) => readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '')))
  const abandoned = names.filter((name) => !maps.some((text) => text.includes(`/dev/shm/${name}\n`)))
  const uid = process.geteuid?.()
  const owners = await Promise.all(abandoned.map((name) => stat(`/dev/shm/${name}`).catch(() => undefined)))
  // Whose maps we may not read, his files we can't judge.
  return abandoned.filter((_, index) => uid === 0 || owners[index]?.uid === uid).map((name) => `/dev/shm/${name}`)
}
