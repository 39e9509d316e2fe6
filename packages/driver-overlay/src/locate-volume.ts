import { stat } from 'node:fs/promises'
import process from 'node:process'
import { atExistingFolder, type DriverContext, notApplicable, type Volume } from '@pgfork/core/driver'
import { locateVolume as locateCopy } from '@pgfork/driver-copy/companion'
import { checkPath } from './mount-overlay.ts'
import type { Settings } from './options.ts'
import { tryMount } from './try-mount.ts'

export interface LocateSettings extends Settings {
  /** What was found out: which pairs of file systems share blocks, and which ones an overlayfs can be mounted on. */
  readonly probed: Map<string, Promise<boolean>>
  readonly tried: Map<number, Promise<void>>
}

/** The directory itself, if it can be read and an overlayfs mounted. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `PERMISSION_DENIED` */
export async function locateVolume(path: string, settings: LocateSettings, context: DriverContext): Promise<Volume> {
  if (process.platform !== 'linux') throw notApplicable(path, 'is on a system without overlayfs, which is of Linux')
  const { root, attributes, ...copy } = await locateCopy(path, settings)
  checkPath(attributes.directory ?? root)
  await atExistingFolder(attributes.directory ?? root, (existing) => tryOnce(existing, settings, context))
  return { ...copy, id: `overlay:${root}`, root, attributes: { ...attributes, volatile: String(settings.volatile) } }
}

async function tryOnce(folder: string, settings: LocateSettings, context: DriverContext): Promise<void> {
  const { dev } = await stat(folder)
  const known = settings.tried.get(dev) ?? tryMount(folder, settings, context)
  settings.tried.set(dev, known)
  // Who may not mount now may later.
  known.catch(() => settings.tried.delete(dev))
  return known
}
