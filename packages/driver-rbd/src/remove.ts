import {
  type CloneReference,
  type DriverContext,
  ignore,
  isPgforkError,
  removeEntry,
  type SnapshotReference,
  type Volume,
} from '@pgfork/core/driver'
import { requireCluster } from './cluster.ts'
import { changeImages, runCommand } from './command.ts'
import { dropLocks, pastDeadLocks } from './drop-locks.ts'
import { type ImageInfo, readImage } from './images.ts'
import {
  clonePlace,
  type ImagePlace,
  mountEntry,
  placeOf,
  retiredPlace,
  snapshotName,
  specOf,
  wordsOfId,
} from './names.ts'
import type { DriverSettings, Settings } from './options.ts'
import { refuseWideKey } from './refuse-wide-key.ts'
import { removeImage } from './remove-image.ts'
import { removeRetired } from './retired.ts'
import { unmountClone } from './unmount-clone.ts'
import { untilClosed } from './until-closed.ts'

/** Unmounts and removes a clone. Where other clones came of it, their cluster keeps its blocks until the last of them is gone. */
export async function removeClone(
  clone: CloneReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<void> {
  const place = clonePlace(clone)
  await refuseWideKey(settings, context)
  settings.memory.made.delete(specOf(place))
  const found = await readImage(place, settings, context).catch(ignore('COPY_MISSING'))
  if (found === undefined) await requireCluster(clone.volume, settings, context)
  await unmountClone(clone, settings, context)
  if (found !== undefined) await removeOrRetire(place, found, clone.volume, settings, context)
  const rm = async (path: string): Promise<void> => void (await runCommand('rm', ['-d', '--', path], settings, context))
  await removeEntry(mountEntry(clone), context, rm)
  await removeRetired(clone.volume, settings, context)
}

/**
 * `BUSY` where it is open: what was just killed isn't for long. A lock that a dead client left is taken from it without shutting anybody out; it was this
 * host's (H99).
 */
async function removeOrRetire(
  place: ImagePlace,
  info: ImageInfo,
  origin: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const { host = '' } = origin.attributes
  const remove = (): Promise<unknown> =>
    removeImage(place, info, { host, origin }, settings, context)
      .catch(ignore('COPY_MISSING'))
      .catch(async (error: unknown) => {
        if (!isPgforkError(error, 'BUSY') || !/has snapshots|\(39\)/.test(error.message)) throw error
        await changeImages(['rename', specOf(place), specOf(retiredPlace(place, host, info.id))], settings, context)
      })
  await remove().catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY') || error.hazard === 'H98') throw error
    await untilClosed(place, settings, context)
    await dropLocks(place, settings, context)
    await remove()
  })
}

/**
 * While clones of it live, Ceph keeps what they need of it. The image is found by its id: one that was renamed still has the snapshot, and another one may have
 * its name (H72).
 */
export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<void> {
  const { volume } = snapshot
  await refuseWideKey(settings, context)
  const remove = async (words: readonly string[]): Promise<true> => {
    const change = () => changeImages(['snap', 'rm', '--no-progress', ...words], settings, context)
    await pastDeadLocks(placeOf(volume), settings, context, change)
    return true
  }
  const name = snapshotName(snapshot)
  const byName = () => remove([`${specOf(placeOf(volume))}@${name}`]).catch(ignore('COPY_MISSING'))
  const byId = wordsOfId(volume)
  const removed =
    byId === undefined
      ? await byName()
      : ((await remove([...byId, '--snap', name]).catch(ignore('COPY_MISSING'))) ??
        // Another image may have got the name right after this one had been looked at, and the snapshot with it.
        (await byName().catch(ignore('PERMISSION_DENIED'))))
  if (removed === undefined) await requireCluster(volume, settings, context)
  await removeRetired(volume, settings, context)
}
