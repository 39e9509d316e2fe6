import { type DriverContext, ignore, PgforkError, type Volume } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { dropLocks } from './drop-locks.ts'
import { requireAnswering } from './image-state.ts'
import { type ImageInfo, parentPlace } from './images.ts'
import { type ImagePlace, parseName, placeOf, specOf } from './names.ts'
import type { Settings } from './options.ts'

export interface KnownOfClone {
  /** Whose clones' locks may be taken: a dead client's. */
  readonly host: string
  /** What it was made of, as far as somebody noted it. */
  readonly origin?: Volume
}

interface Parent {
  readonly place: ImagePlace
  readonly id: string
}

/**
 * Removes a clone's image, which nobody has locked. With the last clone of a snapshot that was removed before goes that snapshot too, for which Ceph takes the
 * parent's lock, by force from whoever has it and doesn't answer: he would go on writing without it, or be shut out for good (H98).
 *
 * @throws PgforkError `BUSY` (H98), and where it is open or has snapshots; `COPY_MISSING`; `PERMISSION_DENIED` where the parent is neither told nor known
 */
export async function removeImage(
  place: ImagePlace,
  info: Pick<ImageInfo, 'parent' | 'op_features'>,
  known: KnownOfClone,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const parent = parentOf(info, known)
  // One that is gone has no lock, and what was cloned from it is there all the same.
  if (parent !== undefined) await readyParent(parent, known.host, settings, context).catch(ignore('COPY_MISSING'))
  else if (info.op_features?.includes('clone-child'))
    throw new PgforkError(
      'PERMISSION_DENIED',
      `The key isn't told what ${specOf(place)} was cloned from, which its removal may harm. It needs rx on rbd_trash (docs/drivers/rbd.md).`,
      { hazard: 'H98', facts: { image: specOf(place) } },
    )
  await changeImages(['rm', '--no-progress', specOf(place)], settings, context)
}

/** What the image says comes first. A key without rights on `rbd_trash` isn't told. */
function parentOf(
  { parent, op_features: kinds = [] }: Pick<ImageInfo, 'parent' | 'op_features'>,
  { origin }: KnownOfClone,
): Parent | undefined {
  if (parent !== undefined) return { place: parentPlace(parent), id: parent.id }
  const { imageId: id } = origin?.attributes ?? {}
  return origin && id && kinds.includes('clone-child') ? { place: placeOf(origin), id } : undefined
}

async function readyParent(
  { place, id }: Parent,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  if (parseName(place.image)?.host === host) await dropLocks(place, settings, context)
  else await requireAnswering(place, id, settings, context)
}
