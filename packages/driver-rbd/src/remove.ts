import {
  type CloneReference,
  type DriverContext,
  ignore,
  isPgforkError,
  removeEntry,
  type SnapshotReference,
} from '@pgfork/core/driver'
import { atImage } from './at-image.ts'
import { requireCluster } from './cluster.ts'
import { changeImages, runCommand } from './command.ts'
import { type ImageInfo, readImage } from './images.ts'
import { clonePlace, type ImagePlace, mountEntry, retiredPlace, snapshotName, specOf } from './names.ts'
import type { DriverSettings, Settings } from './options.ts'
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
  settings.memory.made.delete(specOf(place))
  const found = await readImage(place, settings, context).catch(ignore('COPY_MISSING'))
  if (found === undefined) await requireCluster(clone.volume, settings, context)
  await unmountClone(clone, settings, context)
  if (found !== undefined) await removeImage(place, found, clone.volume.attributes.host ?? '', settings, context)
  const rm = async (path: string): Promise<void> => void (await runCommand('rm', ['-d', '--', path], settings, context))
  await removeEntry(mountEntry(clone), context, rm)
  await removeRetired(clone.volume, settings, context)
}

/**
 * `BUSY` where it is open: what was just killed isn't for long. A lock that a dead client left is taken from it without shutting anybody out; it was this
 * host's (H99).
 */
async function removeImage(
  place: ImagePlace,
  { id }: Pick<ImageInfo, 'id'>,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const spec = specOf(place)
  const remove = (): Promise<unknown> =>
    changeImages(['rm', '--no-progress', '--rbd-blocklist-on-break-lock=false', spec], settings, context)
      .catch(ignore('COPY_MISSING'))
      .catch(async (error: unknown) => {
        if (!isPgforkError(error, 'BUSY') || !/has snapshots|\(39\)/.test(error.message)) throw error
        await changeImages(['rename', spec, specOf(retiredPlace(place, host, id))], settings, context)
      })
  await remove().catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY')) throw error
    await untilClosed(place, settings, context)
    await remove()
  })
}

/** While clones of it live, Ceph keeps what they need of it. */
export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const { volume } = snapshot
  const removed = await atImage(volume, async (place) => {
    await changeImages(['snap', 'rm', '--no-progress', `${specOf(place)}@${snapshotName(snapshot)}`], settings, context)
    return true
  }).catch(ignore('COPY_MISSING'))
  if (removed === undefined) await requireCluster(volume, settings, context)
  await removeRetired(volume, settings, context)
}
