import { mkdir, mkdtemp, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DriverContext, fromSystemError, isPgforkError, PgforkError } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import { mountOverlay } from './mount-overlay.ts'
import type { Settings } from './options.ts'
import { removeTree } from './remove-tree.ts'

/**
 * Mounts an overlayfs in a folder and unmounts it again: only trying tells whether this user, kernel and file system can. Leaves
 * nothing behind.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export async function tryMount(folder: string, settings: Settings, context: DriverContext): Promise<void> {
  const trial = await mkdtemp(join(folder, '.pgfork-probe-')).catch((error: unknown) => {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `Nothing can be made in ${folder}`)
  })
  const [lower, upper, work, mountPoint] = ['lower', 'upper', 'work', 'mount'].map((name) => join(trial, name)) as [
    string,
    string,
    string,
    string,
  ]
  try {
    for (const path of [lower, upper, work, mountPoint]) await mkdir(path)
    const { volatile: isVolatile } = settings
    await mountOverlay({ lower, upper, work, folder: trial, mountPoint, isVolatile }, settings, context)
    await runCommand('umount', ['--', mountPoint], settings, context)
  } catch (error) {
    if (isPgforkError(error, 'ABORTED')) throw error
    throw new PgforkError(
      'DRIVER_NOT_APPLICABLE',
      `An overlayfs can't be mounted in ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
        facts: { folder },
      },
    )
  } finally {
    await removeTree(trial, settings, context).catch(() => rmdir(trial).catch(() => {}))
  }
}
