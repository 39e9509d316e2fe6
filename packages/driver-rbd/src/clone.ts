import { type CloneRequest, createEntry, type DriverContext } from '@pgfork/core/driver'
import { atImage } from './at-image.ts'
import { changeImages } from './command.ts'
import { clonePlace, mountEntry, snapshotName, specOf } from './names.ts'
import type { Settings } from './options.ts'

/** Clones of the second format: the snapshot may go before them. With a lock, so that two hosts can't write to one. */
const options = ['--rbd-default-clone-format=2', '--image-feature', 'layering,exclusive-lock']

/** Its name says whose it is, so that it is listed and removed without the folder here. */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  const { snapshot } = request
  const target = specOf(clonePlace(request))
  await atImage(snapshot.volume, (place) =>
    changeImages(['clone', ...options, `${specOf(place)}@${snapshotName(snapshot)}`, target], settings, context),
  )
  await createEntry(mountEntry(request))
}
