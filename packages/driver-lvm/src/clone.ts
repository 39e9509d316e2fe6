import { type CloneRequest, createItem, type DriverContext, handOverItem, PgforkError } from '@pgfork/core'
import { hasTag, listLogicalVolumes, tagOf } from './logical-volumes.ts'
import { runCommand } from './lvm-command.ts'
import type { Settings } from './options.ts'
import { itemOf, itemVolume } from './place.ts'
import { snapshotOptions } from './snapshot.ts'

/** A clone is a writable thin snapshot of the snapshot, independent of it. */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  const origin = itemVolume('snapshot', request.snapshot)
  const [found] = await listLogicalVolumes(origin, settings, context)
  if (found === undefined || !hasTag(found, tagOf.ours))
    throw new PgforkError('STORAGE_MISSING', `${origin} does not carry our tag.`, { hazard: 'H57', facts: { origin } })
  const item = itemOf(request)
  await createItem(item)
  const options = ['--permission', 'rw', '--activate', 'y', ...snapshotOptions(itemVolume('clone', request), request)]
  await runCommand('lvcreate', ['--snapshot', ...options, origin], settings, context)
  await handOverItem(item, request.owner)
}
