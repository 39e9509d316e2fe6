import {
  type CloneReference,
  type DriverContext,
  entryFiles,
  findMount,
  ignore,
  isPgforkError,
  nameHolders,
  untilNotBusy,
} from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import { wakeWaiting } from './drop-locks.ts'
import { mappingOf } from './map-clone.ts'
import { findDevice, unmapImage } from './mappers/index.ts'
import { clonePlace, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Unmounts a clone and takes its device away, as far as there is one. @throws PgforkError `BUSY` with who holds it (H56) */
export async function unmountClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const mountPoint = entryFiles(mountEntry(clone))
  // It would wait for what waits.
  await wakeWaiting(clonePlace(clone), settings, context)
  const attempt = async (): Promise<void> => {
    while ((await findMount(mountPoint)) !== undefined)
      await runCommand('umount', ['--', mountPoint], settings, context).catch(ignore('COPY_MISSING'))
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    throw await nameHolders(error, `${mountPoint} can't be unmounted`, mountPoint)
  })
  const mapping = mappingOf(clone)
  const unmap = (): Promise<void> => unmapImage(mapping, settings, context)
  await untilNotBusy(unmap, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY')) throw error
    const device = await findDevice(mapping, settings, context).catch(() => undefined)
    // What holds the image when its device is gone has been named.
    throw device === undefined ? error : await nameHolders(error, `${device} can't be taken away`, device)
  })
}

/**
 * Takes away what is mounted of a clone whose device doesn't work any more, as when the process behind it was killed. Every access to it
 * fails, so that nothing is lost.
 */
export async function dropDeadMapping(
  clone: CloneReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  if ((await findMount(entryFiles(mountEntry(clone)))) === undefined) return
  if ((await findDevice(mappingOf(clone), settings, context)) === undefined)
    await unmountClone(clone, settings, context)
}
