import type { DriverContext, Space, SpaceUsage, Volume } from '@pgfork/core'
import type { Settings } from './options.ts'
import { datasetOf } from './place.ts'
import { runZfs } from './zfs-command.ts'

/**
 * The tightest of three spaces, all less what redundancy takes: the pool's; the source dataset's, whose quota its snapshots
 * count towards, so that they could stop the source (H55); and that of the clones' parent, should it have a quota. ZFS keeps
 * data and metadata together, and a reserve for itself.
 */
export async function measureSpace(volume: Volume, settings: Settings, context: DriverContext): Promise<Space> {
  const pool = volume.pool.slice('zfs:'.length)
  const read = (dataset: string): Promise<string> =>
    runZfs(['get', '-Hp', '-o', 'value', 'used,available', dataset], settings, context)
  const rows = [
    await read(pool),
    await read(datasetOf(volume)),
    // Made with the first clone.
    await read(volume.attributes.parent ?? pool).catch(() => undefined),
  ]
  const spaces = rows.filter((row) => row !== undefined).map(usage)
  return { data: spaces.reduce((tightest, next) => (share(next) > share(tightest) ? next : tightest)) }
}

function usage(rows: string): SpaceUsage {
  const [used = 0, available = 0] = rows.split('\n').map(Number)
  return { usedBytes: used, totalBytes: used + available }
}

const share = ({ usedBytes, totalBytes }: SpaceUsage): number => usedBytes / totalBytes
