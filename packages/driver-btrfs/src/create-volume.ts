import { realpath, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DriverContext, fromSystemError, PgforkError } from '@pgfork/core'
import { runBtrfs } from './command.ts'
import { btrfsMagic } from './locate-volume.ts'
import type { Settings } from './options.ts'

/**
 * An empty subvolume. Whoever may make a directory may make a subvolume, and the prefix would give it to another user.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`, `TARGET_EXISTS`, `PERMISSION_DENIED`
 */
export async function createVolume(path: string, settings: Settings, context: DriverContext): Promise<void> {
  const parent = dirname(path)
  const type = await realpath(parent)
    .then(statfs)
    .then(
      (found) => found.type,
      (error: unknown) => {
        throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `${parent} could not be looked at`)
      },
    )
  if (type !== btrfsMagic)
    throw new PgforkError('DRIVER_NOT_APPLICABLE', `${parent} is not on Btrfs.`, { facts: { path: parent } })
  await runBtrfs(['subvolume', 'create', path], { ...settings, prefix: [] }, context)
}
