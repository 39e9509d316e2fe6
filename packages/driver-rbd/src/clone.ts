import { type CloneRequest, createEntry, type DriverContext } from '@pgfork/core/driver'
import { atImage } from './at-image.ts'
import { changeImages } from './command.ts'
import { clonePlace, type ImagePlace, mountEntry, snapshotName, specOf } from './names.ts'
import type { DriverSettings } from './options.ts'

/** Clones of the second format: the snapshot may go before them. With a lock, so that two hosts can't write to one. */
const options = ['--rbd-default-clone-format=2', '--image-feature', 'layering,exclusive-lock']

/** Its name says whose it is, so that it is listed and removed without the folder here. */
export async function cloneSnapshot(
  request: CloneRequest,
  settings: DriverSettings,
  context: DriverContext,
): Promise<void> {
  await atImage(request.snapshot.volume, (place) => changeImages(cloneWords(place, request), settings, context))
  settings.memory.made.add(specOf(clonePlace(request)))
  await createEntry(mountEntry(request))
}

/** What `rbd` is told. @param place of the image that the snapshot is of */
export const cloneWords = (place: ImagePlace, { snapshot, ...clone }: CloneRequest): readonly string[] => [
  ...['clone', ...options],
  ...[`${specOf(place)}@${snapshotName(snapshot)}`, specOf(clonePlace(clone))],
]
