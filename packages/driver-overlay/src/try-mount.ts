import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DriverContext, findMount, fromSystemError, isPgforkError, PgforkError } from '@pgfork/core/driver'
import { findOldProbes } from '@pgfork/driver-copy/companion'
import { runCommand } from './command.ts'
import { mountOverlay } from './mount-overlay.ts'
import type { Settings } from './options.ts'
import { removeTree } from './remove-tree.ts'

const [probePrefix, mountName] = ['.pgfork-overlay-probe-', 'mount']

/**
 * Mounts an overlayfs in a folder, unmounts it and removes it again: only trying tells whether this user, kernel and file system can. Leaves
 * nothing behind, also not of earlier tries (H133).
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export async function tryMount(folder: string, settings: Settings, context: DriverContext): Promise<void> {
  const trial = await mkdtemp(join(folder, probePrefix)).catch((error: unknown) => {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `Nothing can be made in ${folder}`)
  })
  const [lower, upper, work, mountPoint] = ['lower', 'upper', 'work', mountName].map((name) => join(trial, name)) as [
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
    await removeTree(trial, settings, context)
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
    for (const path of [trial, ...(await findOldProbes(folder, probePrefix))])
      await clear(path, settings, toItsEnd(context))
  }
}

/** What was begun is undone although the caller has given up: a signal of its own takes the place of his. */
const toItsEnd = ({ signal: _signal, runner, ...context }: DriverContext): DriverContext => ({
  ...context,
  runner: {
    run: (file, args, options) => runner.run(file, args, { signal: new AbortController().signal, ...options }),
    start: (file, args, options) => runner.start(file, args, options),
  },
})

/** A directory of the kernel's is there only where something was mounted; all else is this user's own. */
async function clear(trial: string, settings: Settings, context: DriverContext): Promise<void> {
  if (!existsSync(trial)) return
  const mountPoint = join(trial, mountName)
  try {
    if ((await findMount(mountPoint)) !== undefined) await runCommand('umount', ['--', mountPoint], settings, context)
    await removeTree(trial, settings, context)
  } catch {
    await rm(trial, { recursive: true, force: true }).catch(() => {})
  }
}
