import { readFile, statfs } from 'node:fs/promises'
import { runner } from '../../test/support/system/runner.ts'

/** Proportional set size of servers, in bytes: what they share counts in parts (proc(5), smaps_rollup). */
export async function memoryOf(postmasters: readonly number[]): Promise<number> {
  const families = await Promise.all(postmasters.map(async (pid) => [pid, ...(await childrenOf(pid))]))
  const sizes = await Promise.all(families.flat().map(pssOf))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

/** Bytes in use of a Btrfs, once all is written and what was deleted is given back. */
export async function diskUsed(path: string): Promise<number> {
  await runner.run('btrfs', ['subvolume', 'sync', path], { timeoutMs: 120_000 })
  await runner.run('sync', ['-f', path])
  const { blocks, bfree, bsize } = await statfs(path)
  return (blocks - bfree) * bsize
}
