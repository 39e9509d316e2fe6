import type { DriverContext, SnapshotReference, SnapshotRequest } from '@pgfork/core'
import { tagOf } from './logical-volumes.ts'
import { runCommand } from './lvm-command.ts'
import type { Settings } from './options.ts'
import { itemVolume, logicalVolumeOf } from './place.ts'

/**
 * One thin snapshot a volume, for each at an instant of its own. The device mapper freezes a mounted file system while it
 * takes one. The snapshot is read-only and not activated: only clones are.
 */
export async function takeSnapshots(
  { snapshots }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  for (const snapshot of snapshots) {
    const origin = logicalVolumeOf(snapshot.volume)
    const options = [
      '--permission',
      'r',
      '--activate',
      'n',
      ...snapshotOptions(itemVolume('snapshot', snapshot), snapshot),
    ]
    await runCommand('lvcreate', ['--snapshot', ...options, origin], settings, context)
  }
}

/** `-kn`: without it LVM refuses to activate a thin snapshot (H53). Stated whatever lvm.conf says. */
export const snapshotOptions = (name: string, { volume }: SnapshotReference): string[] => [
  '--setactivationskip',
  'n',
  '--addtag',
  tagOf.ours,
  '--addtag',
  tagOf.origin(volume.attributes.uuid ?? ''),
  '--name',
  name.slice(name.indexOf('/') + 1),
]
