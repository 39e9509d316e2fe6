import { handOverEntry, type SnapshotDriver } from '@pgfork/core/driver'
import { attach } from './attach.ts'
import { claimsWith } from './claims.ts'
import { cloneSnapshot } from './clone.ts'
import { image } from './image-reference.ts'
import { list } from './list.ts'
import { locateVolume } from './locate-volume.ts'
import { mountEntry } from './names.ts'
import { checkOptions, emptyMemory, type RbdOptions } from './options.ts'
import { outlineOf } from './outline.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { resolveVolume } from './resolve-volume.ts'
import { takeSnapshots } from './snapshot.ts'
import { measureSpace } from './space.ts'

/**
 * Snapshots of Ceph RBD images with ext4 or XFS: forks on this host of a server on another one, which has its image mounted and is asked for nothing
 * but a connection. `rbd.image('pool/image')` names the image of such a source. Clones are images in a namespace of their own.
 *
 * Needs root, and a client of the cluster with the rights in docs/drivers/rbd.md. After a reboot a fork's clones are mounted again when it is
 * started.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export const rbd: ((options?: RbdOptions) => SnapshotDriver) & { readonly image: typeof image } = Object.assign(
  createDriver,
  { image },
)

function createDriver(options: RbdOptions = {}): SnapshotDriver {
  const settings = { ...checkOptions(options), memory: emptyMemory() }
  return {
    name: 'rbd',
    facts: {
      atomicity: 'volume',
      clonePinsSnapshot: false,
      cloneSharesFileSystem: false,
      releasesSpace: 'later',
      captures: 'flushed',
      reach: 'cluster',
    },
    locate: (path, context) => locateVolume(path, settings, context),
    resolve: (reference, context) => resolveVolume(reference, settings, context),
    snapshot: (request, context) => takeSnapshots(request, settings, context),
    clone: (request, context) => cloneSnapshot(request, settings, context),
    attach: (clone, context) => attach(clone, settings, context),
    handOver: (clone, owner) => handOverEntry(mountEntry(clone), owner),
    removeClone: (clone, context) => removeClone(clone, settings, context),
    removeSnapshot: (snapshot, context) => removeSnapshot(snapshot, settings, context),
    list: (volume, context) => list(volume, settings, context),
    space: (volume, context) => measureSpace(volume, settings, context),
    claims: claimsWith(settings),
    outline: outlineOf(settings),
  }
}
