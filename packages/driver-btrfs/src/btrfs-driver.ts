import { handOverEntry, type SnapshotDriver } from '@pgfork/core/driver'
import { attach } from './attach.ts'
import { cloneSnapshot } from './clone.ts'
import { createVolume } from './create-volume.ts'
import { list } from './list.ts'
import { locateVolume } from './locate-volume.ts'
import { entryOf } from './names.ts'
import { type BtrfsOptions, checkOptions } from './options.ts'
import { outlineOf } from './outline.ts'
import { ownBytes } from './own-bytes.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { takeSnapshots } from './snapshot.ts'
import { measureSpace } from './space.ts'

/**
 * Btrfs snapshots. The source is a subvolume or lies in one; the whole subvolume is captured at one instant, several subvolumes
 * one after another. Snapshots and clones are subvolumes of the same file system, in a folder of the driver's.
 *
 * Needs Linux and `btrfs` (Debian: btrfs-progs), and root, a `prefix` such as sudo, or the user who owns the subvolume. That
 * user's removals are fast only with the mount option `user_subvol_rm_allowed`; without it, files are deleted one by one.
 * Removed space becomes free later, in the background.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function btrfs(options: BtrfsOptions = {}): SnapshotDriver {
  const settings = checkOptions(options)
  const reported = new Set<string>()
  return {
    name: 'btrfs',
    facts: {
      atomicity: 'volume',
      clonePinsSnapshot: false,
      cloneSharesFileSystem: true,
      releasesSpace: 'later',
    },
    locate: (path, context) => locateVolume(path, { ...settings, reported }, context),
    snapshot: (request, context) => takeSnapshots(request, settings, context),
    clone: (request, context) => cloneSnapshot(request, settings, context),
    attach,
    handOver: (clone, owner) => handOverEntry(entryOf('clone', clone), owner),
    removeClone: (clone, context) => removeClone(clone, settings, context),
    removeSnapshot: (snapshot, context) => removeSnapshot(snapshot, settings, context),
    list,
    space: measureSpace,
    ownBytes: (clone, context) => ownBytes(clone, settings, context),
    outline: outlineOf(settings),
    createVolume: (path, context) => createVolume(path, settings, context),
  }
}
