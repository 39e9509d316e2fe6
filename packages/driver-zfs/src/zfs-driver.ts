import { handOverEntry, type SnapshotDriver } from '@pgfork/core/driver'
import { attach } from './attach.ts'
import { cloneSnapshot } from './clone.ts'
import { list } from './list.ts'
import { locateVolume } from './locate-volume.ts'
import { mountEntry } from './names.ts'
import { checkOptions, type ZfsOptions } from './options.ts'
import { outlineOf } from './outline.ts'
import { ownBytes } from './own-bytes.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { takeSnapshots } from './snapshot.ts'
import { measureSpace } from './space.ts'

/**
 * ZFS snapshots and clones, with OpenZFS 2.1 and later. The source may lie anywhere below a dataset's mount point; datasets of one
 * pool are captured at one instant. Clones are datasets below `parent`, which the driver mounts in a folder of its own.
 *
 * Needs root or a `prefix` such as sudo, since only root can mount on Linux. With `mountDirectory` an ordinary user gets on with a few
 * exact lines in sudoers (docs/drivers/zfs.md).
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function zfs(options: ZfsOptions = {}): SnapshotDriver {
  const settings = checkOptions(options)
  return {
    name: 'zfs',
    facts: { atomicity: 'pool', clonePinsSnapshot: true, cloneSharesFileSystem: false, releasesSpace: 'later' },
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
    ownBytes: (clone, context) => ownBytes(clone, settings, context),
  }
}
