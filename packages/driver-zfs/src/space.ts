import type { DriverContext, Space, Volume } from '@pgfork/core'
import type { Settings } from './options.ts'
import { runZfs } from './zfs-command.ts'

/** Space of the pool, less what redundancy takes. ZFS keeps data and metadata together, and a reserve for itself. */
export async function measureSpace({ pool }: Volume, settings: Settings, context: DriverContext): Promise<Space> {
  const rows = await runZfs(
    ['get', '-Hp', '-o', 'value', 'used,available', pool.slice('zfs:'.length)],
    settings,
    context,
  )
  const [used = 0, available = 0] = rows.split('\n').map(Number)
  return { data: { usedBytes: used, totalBytes: used + available } }
}
