import { type DriverContext, PgforkError } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { dropLocks } from './drop-locks.ts'
import { requireAnswering } from './image-state.ts'
import { type ImageInfo, listWatchers, type ParentInfo, parentPlace } from './images.ts'
import { type ImagePlace, parseName, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * Removes a clone's image, which nobody has locked. With the last clone of a snapshot that was removed before goes that snapshot too, for which Ceph takes the
 * parent's lock, by force from whoever has it and doesn't answer: he would go on writing without it, or be shut out for good (H98).
 *
 * @param host whose clones' locks may be taken: a dead client's
 * @throws PgforkError `BUSY` (H98), and where it is open or has snapshots; `COPY_MISSING`; `PERMISSION_DENIED` where the parent isn't told
 */
export async function removeImage(
  place: ImagePlace,
  { parent, op_features: kinds = [] }: Pick<ImageInfo, 'parent' | 'op_features'>,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  if (parent !== undefined) await readyParent(parent, host, settings, context)
  else if (kinds.includes('clone-child'))
    throw new PgforkError(
      'PERMISSION_DENIED',
      `The key isn't told what ${specOf(place)} was cloned from, which its removal may harm. It needs rx on rbd_trash (docs/drivers/rbd.md).`,
      { hazard: 'H98', facts: { image: specOf(place) } },
    )
  await changeImages(['rm', '--no-progress', specOf(place)], settings, context)
}

async function readyParent(
  parent: ParentInfo,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const place = parentPlace(parent)
  const isOwn = parseName(place.image)?.host === host
  if (isOwn && (await listWatchers(place, settings, context)).length === 0) await dropLocks(place, settings, context)
  else await requireAnswering(place, parent.id, settings, context)
}
