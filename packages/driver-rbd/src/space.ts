import { type DriverContext, PgforkError, type Space, type SpaceUsage, type Volume } from '@pgfork/core/driver'
import { runJson } from './command.ts'
import { forksOf, placeOf } from './names.ts'
import type { Settings } from './options.ts'

interface PoolRow {
  readonly name: string
  readonly stats: { readonly stored: number; readonly max_avail: number; readonly quota_bytes?: number }
}

/** How full the pool of the source is, or that of the forks, or its quota, whichever is fullest. When the cluster is full, the source stops as well (H55). */
export async function measureSpace(volume: Volume, settings: Settings, context: DriverContext): Promise<Space> {
  const { pools } = await runJson<{ pools: PoolRow[] }>('ceph', ['df', 'detail'], settings, context)
  const usages = [...new Set([placeOf(volume).pool, forksOf(volume).pool])].flatMap((name) => {
    const found = pools.find((pool) => pool.name === name)
    if (found !== undefined) return usagesOf(found)
    throw new PgforkError('STORAGE_MISSING', `The cluster has no pool ${name}, or doesn't tell how full it is.`, {
      facts: { pool: name },
    })
  })
  const share = ({ usedBytes, totalBytes }: SpaceUsage): number => usedBytes / Math.max(totalBytes, 1)
  return { data: usages.reduce((fullest, usage) => (share(usage) > share(fullest) ? usage : fullest)) }
}

const usagesOf = ({ stats: { stored, max_avail: free, quota_bytes: quota = 0 } }: PoolRow): SpaceUsage[] => [
  { usedBytes: stored, totalBytes: stored + free },
  ...(quota > 0 ? [{ usedBytes: Math.min(stored, quota), totalBytes: quota }] : []),
]
