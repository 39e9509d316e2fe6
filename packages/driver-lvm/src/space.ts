import { type DriverContext, PgforkError, type Space, type SpaceUsage, type Volume } from '@pgfork/core/driver'
import { listLogicalVolumes } from './logical-volumes.ts'
import { poolPrefix } from './names.ts'
import type { Settings } from './options.ts'

/** How full the thin pool is. Without metadata all its volumes may be lost, the source among them (H55). */
export async function measureSpace({ pool }: Volume, settings: Settings, context: DriverContext): Promise<Space> {
  const name = pool.slice(poolPrefix.length)
  const [found] = await listLogicalVolumes(name, settings, context)
  if (found === undefined || found.data_percent === '')
    throw new PgforkError('STORAGE_MISSING', `The thin pool ${name} is not active: lvchange --activate y ${name}.`, {
      facts: { pool: name },
    })
  return {
    data: usage(found.lv_size, found.data_percent),
    metadata: usage(found.lv_metadata_size, found.metadata_percent),
  }
}

function usage(size: string, percent: string): SpaceUsage {
  const totalBytes = Number(size)
  return { usedBytes: Math.round((totalBytes * Number(percent)) / 100), totalBytes }
}
