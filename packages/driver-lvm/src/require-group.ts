import { type DriverContext, PgforkError, type Volume } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings } from './options.ts'

/**
 * That the volume group is the one that a volume lies in, so that what isn't in it is gone (H72): another one may have got its name
 * while its devices were away.
 *
 * @throws PgforkError `STORAGE_MISSING`
 */
export async function requireGroup({ attributes }: Volume, settings: Settings, context: DriverContext): Promise<void> {
  const { group = '', groupUuid } = attributes
  if (groupUuid === undefined) return
  const found = await runCommand('vgs', ['--noheadings', '--options', 'vg_uuid', group], settings, context)
  if (found.trim() === groupUuid) return
  throw new PgforkError(
    'STORAGE_MISSING',
    `The volume group ${group} is another one than that of the volume: its UUID is ${found.trim()}, not ${groupUuid}. Attach the devices of ` +
      'the right one and try again. Until then nothing of it counts as removed.',
    { hazard: 'H72', facts: { group, expected: groupUuid, found: found.trim() } },
  )
}
