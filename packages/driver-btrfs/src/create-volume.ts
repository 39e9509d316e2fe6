import { dirname } from 'node:path'
import type { DriverContext } from '@pgfork/core/driver'
import { runBtrfs } from './command.ts'
import { realBtrfsDirectory } from './locate-volume.ts'
import type { Settings } from './options.ts'

/**
 * An empty subvolume. Whoever may make a directory may make a subvolume, and the prefix would give it to another user.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`, `TARGET_EXISTS`, `PERMISSION_DENIED`
 */
export async function createVolume(path: string, settings: Settings, context: DriverContext): Promise<void> {
  await realBtrfsDirectory(dirname(path))
  await runBtrfs(['subvolume', 'create', path], { ...settings, prefix: [] }, context)
}
