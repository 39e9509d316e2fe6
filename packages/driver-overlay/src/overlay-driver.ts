import { handOverEntry, type SnapshotDriver } from '@pgfork/core/driver'

import { attach } from './attach.ts'
import { cloneSnapshot } from './clone.ts'
import { list } from './list.ts'
import { locateVolume } from './locate-volume.ts'
import { entryOf } from './names.ts'
import { checkOptions, type OverlayOptions } from './options.ts'
import { outlineOf } from './outline.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { takeSnapshots } from './snapshot.ts'
import { measureSpace } from './space.ts'

/**
 * Many servers of one small template, on any file system: a snapshot is a copy that is made once, and a clone is an overlayfs mounted
 * on it, in which a file is copied when it is first opened for writing. A clone of 1,000 files takes a few milliseconds.
 *
 * PostgreSQL opens every table's files for writing, also when it only reads them. So the first query of a table copies up to 1 GB: for
 * large clusters other drivers are right.
 *
 * Linux. Needs root or a `prefix` such as sudo. A line in sudoers that lets a user mount an overlayfs anywhere makes him root: there is
 * no narrower right. After a reboot a fork's clones are mounted again when it is started.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function overlay(options: OverlayOptions = {}): SnapshotDriver {
  const settings = { ...checkOptions(options), probed: new Map(), tried: new Map() }
  return {
    name: 'overlay',
    facts: {
      atomicity: 'none',
      clonePinsSnapshot: true,
      cloneSharesFileSystem: true,
      releasesSpace: 'later',
      leaves: 'unflushed',
    },
    locate: (path, context) => locateVolume(path, settings, context),
    snapshot: takeSnapshots,
    clone: cloneSnapshot,
    attach: (clone, context) => attach(clone, settings, context),
    handOver: (clone, owner) => handOverEntry(entryOf('clone', clone), owner),
    removeClone: (clone, context) => removeClone(clone, settings, context),
    removeSnapshot: (snapshot, context) => removeSnapshot(snapshot, settings, context),
    list,
    space: measureSpace,
    outline: outlineOf(settings),
  }
}
