import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAtEnd } from '../system/run-at-end.ts'
import type { Ceph } from './ceph.ts'

/** The cluster answers nobody any more. Disposing of it has it go on, as does the end of this process. */
export async function stopMonitor({ folder }: Ceph): Promise<AsyncDisposable> {
  const pid = Number.parseInt(await readFile(join(folder, 'mon.pid'), 'utf8'), 10)
  const end = await runAtEnd('kill', ['-CONT', String(pid)])
  process.kill(pid, 'SIGSTOP')
  return end
}
