import type { DriverContext } from '@pgfork/core/driver'
import { readCluster } from './cluster.ts'
import { askCeph } from './command.ts'
import type { DriverSettings, PoolRow } from './options.ts'
import { judgeKey, probeWords } from './refuse-wide-key.ts'

/**
 * The cluster's own id, and that the key may not shut out others (H98). How full its pools are is asked with them, and remembered for who asks next.
 *
 * @throws PgforkError `STORAGE_MISSING`, `SETTING_REFUSED` (H98)
 */
export async function askCluster(settings: DriverSettings, context: DriverContext): Promise<string> {
  const { memory } = settings
  const probe = memory.keyIsNarrow ? [] : [probeWords().join(' ')]
  const { stdout, stderr } = await askCeph(['fsid', 'df detail', ...probe], settings, context)
  const answers = stdout.split('\n').map(parse)
  await judgeKey(stderr, settings, context)
  const rows = answers.find(({ pools }) => pools !== undefined)?.pools
  if (rows !== undefined) memory.pools = { rows, readAt: performance.now() }
  return answers.find(({ fsid }) => fsid !== undefined)?.fsid ?? readCluster(settings, context)
}

interface Answer {
  readonly fsid?: string
  readonly pools?: readonly PoolRow[]
}

/** Between answers it writes empty lines, and perhaps words for people. */
function parse(line: string): Answer {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
