import { type DriverContext, isPgforkError, type Space, type SpaceUsage, type Volume } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { datasetOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * The smallest of three, each without what redundancy takes: the space of the pool; that of the source's dataset, whose quota its
 * snapshots count towards, so they could stop the source (H55); and that of the clones' parent, if it has a quota. ZFS keeps data
 * and metadata together, and a reserve for itself.
 */
export async function measureSpace(volume: Volume, settings: Settings, context: DriverContext): Promise<Space> {
  const own = [volume.pool.slice('zfs:'.length), datasetOf(volume)]
  const read = (datasets: readonly string[]): Promise<string> =>
    runZfs(['get', '-Hp', '-o', 'value', 'used,available', ...datasets], settings, context)
  const rows = await read([...own, volume.attributes.parent ?? '']).catch((error: unknown) => {
    // The parent is made with the first clone.
    if (isPgforkError(error, 'COPY_MISSING')) return read(own)
    throw error
  })
  const values = rows.split('\n').map(Number)
  const spaces: SpaceUsage[] = []
  for (let index = 0; index + 1 < values.length; index += 2) {
    const [usedBytes = 0, available = 0] = values.slice(index, index + 2)
    spaces.push({ usedBytes, totalBytes: usedBytes + available })
  }
  return { data: spaces.reduce((tightest, next) => (share(next) > share(tightest) ? next : tightest)) }
}

const share = ({ usedBytes, totalBytes }: SpaceUsage): number => usedBytes / totalBytes
