import { type DriverContext, PgforkError, type Volume } from '@pgfork/core/driver'
import { runCeph } from './command.ts'
import type { Settings } from './options.ts'

/** The cluster's own id. @throws PgforkError `STORAGE_MISSING` */
export const readCluster = async (settings: Settings, context: DriverContext): Promise<string> =>
  (await runCeph('ceph', ['fsid'], settings, context)).trim()

/**
 * That the cluster is the one that a volume lies in, so that what isn't in it is gone (H72): another configuration leads to another one.
 *
 * @throws PgforkError `STORAGE_MISSING`
 */
export async function requireCluster(
  { attributes }: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const { cluster: expected } = attributes
  const found = await readCluster(settings, context)
  if (found === expected) return
  throw new PgforkError(
    'STORAGE_MISSING',
    `The configuration leads to the cluster ${found}, and this lies in ${expected}. Give the driver the conf of that one. Until then nothing of ` +
      'it counts as removed.',
    { hazard: 'H72', facts: { expected, found } },
  )
}
