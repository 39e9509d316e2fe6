import type { DriverContext, SnapshotReference, SnapshotRequest } from '@pgfork/core/driver'
import { changePool } from './command.ts'
import { tagOf } from './logical-volumes.ts'
import { logicalVolumeOf, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { formatVolumeTag } from './volume-tag.ts'

/** Tag of a snapshot that is writable and merely inactive, so that it can become its clone. */
export const writable = 'pgfork.writable'

/**
 * One thin snapshot for each volume, each at its own instant. The device mapper freezes a mounted file system while it takes one.
 * Only clones are activated, snapshots are not.
 */
export async function takeSnapshots(
  { snapshots, singleUse = false }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  for (const snapshot of snapshots) await changePool('lvcreate', snapshotWords(snapshot, singleUse), settings, context)
}

/** What `lvcreate` is told. */
export function snapshotWords(snapshot: SnapshotReference, singleUse: boolean): string[] {
  const access = singleUse ? ['--permission', 'rw', '--addtag', writable] : ['--permission', 'r']
  const options = [...access, '--activate', 'n', ...snapshotOptions(snapshotName(snapshot), snapshot)]
  return ['--snapshot', ...options, logicalVolumeOf(snapshot.volume)]
}

/**
 * They are activated only by name, whatever lvm.conf says (H53). Otherwise a machine that boots would activate them all, and have
 * that many file systems with the UUID by which /etc/fstab may name the source.
 */
export function snapshotOptions(name: string, { volume }: SnapshotReference): string[] {
  const tags = [tagOf.ours, tagOf.origin(volume.attributes.uuid ?? ''), formatVolumeTag(volume) ?? []].flat()
  return [
    ...['--setactivationskip', 'y'],
    ...tags.flatMap((tag) => ['--addtag', tag]),
    ...['--name', name.slice(name.indexOf('/') + 1)],
  ]
}
