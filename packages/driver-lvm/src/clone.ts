import { type CloneRequest, createEntry, type DriverContext, PgforkError } from '@pgfork/core/driver'
import { activate } from './activate.ts'
import { changePool } from './command.ts'
import { hasTag, listLogicalVolumes, tagOf } from './logical-volumes.ts'
import { cloneName, deviceOf, mountEntry, snapshotName } from './names.ts'
import type { WarnedSettings } from './options.ts'
import { giveOwnUuid } from './own-uuid.ts'
import { warnOfTakenNames } from './shared-uuid.ts'
import { snapshotOptions, writable } from './snapshot.ts'

/**
 * A clone is a writable thin snapshot of the snapshot, independent of it; or the snapshot itself, renamed, where it may be
 * consumed and was left writable.
 */
export async function cloneSnapshot(
  request: CloneRequest,
  settings: WarnedSettings,
  context: DriverContext,
): Promise<void> {
  const origin = snapshotName(request.snapshot)
  const name = cloneName(request)
  const [found] = await listLogicalVolumes(origin, settings, context)
  if (found === undefined || !hasTag(found, tagOf.ours))
    throw new PgforkError('COPY_MISSING', `${origin} doesn't have pgfork's tag, so it is not used.`, {
      hazard: 'H57',
      facts: { origin },
    })
  const entry = mountEntry(request)
  await createEntry(entry)
  if (request.consumeSnapshot === true && hasTag(found, writable)) {
    await changePool('lvrename', [origin, name], settings, context)
    await activate(name, settings, context)
  } else {
    await changePool('lvcreate', cloneWords(request), settings, context)
  }
  const { fileSystem = 'ext4' } = request.volume.attributes
  const hasOwnNames = await giveOwnUuid(deviceOf(name), fileSystem, settings, context)
  if (!hasOwnNames) await warnOfTakenNames(deviceOf(name), request.volume.root, settings, context)
}

/** What `lvcreate` is told. Activated at once, which attach would do by another command. */
export function cloneWords(request: CloneRequest): string[] {
  const options = ['--permission', 'rw', '--activate', 'y', '--ignoreactivationskip']
  return [
    ...['--snapshot', ...options, ...snapshotOptions(cloneName(request), request)],
    snapshotName(request.snapshot),
  ]
}
