import type { DriverContext } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import { listLogicalVolumes } from './logical-volumes.ts'
import type { WarnedSettings } from './options.ts'

/** At 100 % the pool is never extended (lvmthin(7)). */
const neverExtended = 100

/** Warns once about a pool that nothing extends before it is full, which would stop the source and its forks (H55). */
export async function warnOfUnwatchedPool(
  pool: string,
  settings: WarnedSettings,
  context: DriverContext,
): Promise<void> {
  if (settings.warned.has(pool)) return
  settings.warned.add(pool)
  const [found] = await listLogicalVolumes(pool, settings, context)
  const name = 'activation/thin_pool_autoextend_threshold'
  const text = await runCommand('lvmconfig', ['--typeconfig', 'full', name], settings, context).catch(() => '')
  const threshold = Number(/=(\d+)/.exec(text)?.[1] ?? neverExtended)
  const reasons = [
    ...(found?.seg_monitor === 'monitored' ? [] : ['dmeventd does not monitor it (lvchange --monitor y)']),
    ...(threshold < neverExtended
      ? []
      : ['lvm.conf does not let it be extended (thin_pool_autoextend_threshold is 100)']),
  ]
  if (reasons.length > 0)
    context.warn(
      `The thin pool ${pool} can fill up, which stops the source and all forks: ${reasons.join(' and ')} (H55).`,
    )
}
