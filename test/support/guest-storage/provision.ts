import { fileURLToPath } from 'node:url'
import { runner } from '../system/runner.ts'
import { zpool } from './create-dataset.ts'

/** Makes the pool of a guest, where it isn't there yet. Disposing of it gives the zpool's disk back. */
export async function provision(pool: 'lvm' | 'zfs'): Promise<AsyncDisposable> {
  const script = fileURLToPath(new URL(`../../lab/provision-${pool}.sh`, import.meta.url))
  const { PGFORK_LAB_GUEST = '' } = process.env
  await runner.run('bash', [script], { environment: { PGFORK_LAB_GUEST }, timeoutMs: 60_000 })
  return {
    [Symbol.asyncDispose]: async () => void (pool === 'zfs' && (await runner.run('zpool', ['destroy', zpool]))),
  }
}
