import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface PostmasterPid {
  readonly pid: number
  readonly port: number
  /** Undefined until the server has a System V segment. */
  readonly sharedMemoryId: string | undefined
  readonly status: string | undefined
}

/** What a server says in its lock file; undefined when there is none. Lines: src/include/utils/pidfile.h. */
export async function readPostmasterPid(dataDirectory: string): Promise<PostmasterPid | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port, , , sharedMemory, status] = text.split('\n')
  if (!pid) return undefined
  return {
    pid: Number(pid),
    port: Number(port),
    sharedMemoryId: sharedMemory?.trim().split(/\s+/)[1],
    status: status?.trim() || undefined,
  }
}
