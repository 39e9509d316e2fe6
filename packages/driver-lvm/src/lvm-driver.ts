import { handOverEntry, type SnapshotDriver } from '@pgfork/core/driver'
import { attach } from './attach.ts'
import { cloneSnapshot } from './clone.ts'
import { list } from './list.ts'
import { locateVolume } from './locate-volume.ts'
import { mountEntry } from './names.ts'
import { checkOptions, type LvmOptions } from './options.ts'
import { outlineOf } from './outline.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { takeSnapshots } from './snapshot.ts'
import { measureSpace } from './space.ts'

/**
 * Snapshots of thin logical volumes with ext4 or XFS. Each volume is captured at one instant, several volumes one after another.
 * Clones are thin volumes of the same pool, which the driver mounts in a folder of its own with the source's mount options.
 *
 * Needs root or a `prefix` such as sudo, and LVM 2.03. With `mountDirectory` an ordinary user gets on with a few exact lines in sudoers
 * (docs/drivers/lvm.md). After a reboot a fork's clones are mounted again when it is started.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function lvm(options: LvmOptions = {}): SnapshotDriver {
  const settings = { ...checkOptions(options), warned: new Set<string>() }
  return {
    name: 'lvm',
    facts: {
      atomicity: 'volume',
      clonePinsSnapshot: false,
      cloneSharesFileSystem: false,
      releasesSpace: 'immediately',
    },
    locate: (path, context) => locateVolume(path, settings, context),
    snapshot: (request, context) => takeSnapshots(request, settings, context),
    clone: (request, context) => cloneSnapshot(request, settings, context),
    attach: (clone, context) => attach(clone, settings, context),
    handOver: (clone, owner) => handOverEntry(mountEntry(clone), owner),
    removeClone: (clone, context) => removeClone(clone, settings, context),
    removeSnapshot: (snapshot, context) => removeSnapshot(snapshot, settings, context),
    list: (volume, context) => list(volume, settings, context),
    space: (volume, context) => measureSpace(volume, settings, context),
    outline: outlineOf(settings),
  }
}
