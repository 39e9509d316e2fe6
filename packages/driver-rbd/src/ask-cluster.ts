import type { DriverContext } from '@pgfork/core/driver'
import { askMonitors, type Question } from './ask-monitors.ts'
import { readCluster } from './cluster.ts'
import type { DriverSettings, PoolRow, ToldPools } from './options.ts'
import { isRefusal, probeQuestion, refuseWideKey } from './refuse-wide-key.ts'

const howFull: Question = { prefix: 'df', detail: 'detail', format: 'json' }

export interface AskedCluster {
  /** The cluster's own id. */
  readonly fsid: string
  /** Undefined where that wasn't told with it. */
  readonly pools: ToldPools | undefined
}

/**
 * The cluster's own id, and that the key may not shut out others (H98). How full its pools are is asked with them.
 *
 * @throws PgforkError `STORAGE_MISSING`, `SETTING_REFUSED` (H98)
 */
export async function askCluster(settings: DriverSettings, context: DriverContext): Promise<AskedCluster> {
  const { memory } = settings
  const told = await askMonitors([howFull, ...(memory.keyIsNarrow ? [] : [probeQuestion()])], settings, context)
  const [pools, probe] = told?.answers ?? []
  if (probe !== undefined && isRefusal(probe[0])) memory.keyIsNarrow = true
  await refuseWideKey(settings, context)
  const rows = pools?.[0] === 0 ? rowsOf(pools[1]) : undefined
  return {
    fsid: told?.fsid ?? (await readCluster(settings, context)),
    pools: rows && { rows, readAt: performance.now() },
  }
}

const rowsOf = (text: string): readonly PoolRow[] => (JSON.parse(text) as { readonly pools: readonly PoolRow[] }).pools
