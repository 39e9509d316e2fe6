import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import { readPostmasterPid } from './postmaster-pid.ts'

/** Shared memory that only a clean end or the next start would remove. */
export interface AbandonedMemory {
  readonly systemVId: string | undefined
  readonly files: readonly string[]
}

/** What a server would leave behind if it were killed now: to be asked before. */
export async function findSharedMemory(dataDirectory: string, pid: number): Promise<AbandonedMemory> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const pids = [pid, ...children.trim().split(' ').filter(Boolean)]
  const maps = await Promise.all(pids.map((one) => readFile(`/proc/${one}/maps`, 'utf8').catch(() => '')))
  const names = new Set(maps.join('\n').match(/\/dev\/shm\/PostgreSQL\.\d+/g))
  const file = await readPostmasterPid(dataDirectory)
  return { systemVId: file?.sharedMemoryId, files: [...names] }
}

/** For a crashed cluster that will never start again, whose memory nobody else would free. */
export async function removeSharedMemory({ systemVId, files }: AbandonedMemory): Promise<void> {
  const segments = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')
  const isThere = segments.split('\n').some((line) => line.trim().split(/\s+/)[1] === systemVId)
  if (systemVId !== undefined && isThere) await runner.run('ipcrm', ['--shmem-id', systemVId])
  const present = await readdir('/dev/shm').catch(() => [])
  for (const name of present.filter((entry) => files.includes(join('/dev/shm', entry))))
    await rm(join('/dev/shm', name))
}
