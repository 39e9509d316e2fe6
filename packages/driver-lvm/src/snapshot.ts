import type { DriverContext, SnapshotReference, SnapshotRequest } from '@pgfork/core/driver'
import { changePool } from './command.ts'
import { tagOf } from './logical-volumes.ts'
import { logicalVolumeOf, snapshotName } from './names.ts'
import type { Settings } from './options.ts'

/** Tag of a snapshot that nothing but its being inactive protects from changes, so that it can become its clone. */
export const writable = 'pgfork.writable'

/**
 * One thin snapshot a volume, for each at an instant of its own. The device mapper freezes a mounted file system while it
 * takes one. The snapshot isn't activated: only clones are.
 */
export async function takeSnapshots(
  { snapshots, singleUse = false }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const access = singleUse ? ['--permission', 'rw', '--addtag', writable] : ['--permission', 'r']
  for (const snapshot of snapshots) {
    const options = [...access, '--activate', 'n', ...snapshotOptions(snapshotName(snapshot), snapshot)]
    await changePool('lvcreate', ['--snapshot', ...options, logicalVolumeOf(snapshot.volume)], settings, context)
  }
}

/**
 * Activation is skipped unless it is asked for by name (H53), stated whatever lvm.conf says: a machine that boots activates
 * all volumes, and would find as many file systems with the UUID of the source, one of which /etc/fstab may name by it.
 */
export const snapshotOptions = (name: string, { volume }: SnapshotReference): string[] => [
  ...['--setactivationskip', 'y'],
  ...['--addtag', tagOf.ours, '--addtag', tagOf.origin(volume.attributes.uuid ?? '')],
  ...['--name', name.slice(name.indexOf('/') + 1)],
]
