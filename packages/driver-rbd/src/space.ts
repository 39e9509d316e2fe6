import { type DriverContext, PgforkError, type Space, type SpaceUsage, type Volume } from '@pgfork/core/driver'
import { runJson } from './command.ts'
import { forksOf, imageKey, placeOf } from './names.ts'
import type { DriverSettings, PoolRow, Settings } from './options.ts'
import { requireName } from './require-name.ts'

/** What was told with other answers counts for as long as a fork is being planned. */
const freshMs = 3_000

/**
 * How full the pool of the source is, or that of its blocks, or that of the forks, or its quota, whichever is fullest. When the cluster is full, the source stops
 * as well (H55).
 */
export async function measureSpace(volume: Volume, settings: DriverSettings, context: DriverContext): Promise<Space> {
  const remembered = takeRemembered(volume, settings)
  // Where it wasn't looked at in the same breath, it is that of a snapshot made long ago, and a reset is refused before anything is given up.
  if (remembered === undefined) await requireName(volume, settings, context)
  const pools = remembered ?? (await readPools(settings, context))
  const { pool, dataPool = pool } = volume.attributes
  const usages = [...new Set([pool, dataPool, forksOf(volume).pool])].flatMap((name) => {
    const found = pools.find((pool) => pool.name === name)
    if (found !== undefined) return usagesOf(found)
    throw new PgforkError('STORAGE_MISSING', `The cluster has no pool ${name}, or doesn't tell how full it is.`, {
      facts: { pool: name },
    })
  })
  const share = ({ usedBytes, totalBytes }: SpaceUsage): number => usedBytes / Math.max(totalBytes, 1)
  return { data: usages.reduce((fullest, usage) => (share(usage) > share(fullest) ? usage : fullest)) }
}

/**
 * Once: who asks again wants to know what has changed. And only for the image that was looked at then: that it has its name says nothing about
 * another one, whose fork would be given up for a clone that can't be made (H72).
 */
function takeRemembered(volume: Volume, { memory }: DriverSettings): readonly PoolRow[] | undefined {
  const { pools } = memory
  if (pools?.image !== imageKey(placeOf(volume), volume.attributes.imageId ?? '')) return undefined
  delete memory.pools
  return pools !== undefined && performance.now() - pools.readAt < freshMs ? pools.rows : undefined
}

const readPools = async (settings: Settings, context: DriverContext): Promise<readonly PoolRow[]> =>
  (await runJson<{ pools: PoolRow[] }>('ceph', ['df', 'detail'], settings, context)).pools

const usagesOf = ({ stats: { stored, max_avail: free, quota_bytes: quota = 0 } }: PoolRow): SpaceUsage[] => [
  { usedBytes: stored, totalBytes: stored + free },
  ...(quota > 0 ? [{ usedBytes: Math.min(stored, quota), totalBytes: quota }] : []),
]
