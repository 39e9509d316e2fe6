import type { DriverContext } from './driver-context.ts'

/**
 * What a storage layer does for pgfork: a thin mapping from a few verbs to its commands. It knows nothing of PostgreSQL.
 *
 * - All verbs but the last are required. What a storage cannot do throws a `PgforkError` (`DRIVER_UNSUPPORTED`); it never
 *   returns as if it had been done.
 * - References are plain data: core records them *before* it calls the verb that creates what they name, so that
 *   whatever a killed process left can be removed by another one. Removing is idempotent, also of something half made.
 * - Names come validated and unique from core (at most 63 of `a-z 0-9 . _ -`, never starting with a dash or a dot).
 * - A driver touches only what carries its own mark (H57); creating over something that exists is `TARGET_EXISTS` (H6).
 */
export interface SnapshotDriver {
  readonly name: string
  readonly facts: DriverFacts
  /**
   * The volume that holds `path`, an existing directory. Throws `DRIVER_NOT_APPLICABLE`, with the reason, when this
   * driver does not serve it; `LAYOUT_REFUSED` when a snapshot of the volume would miss something below `path` (H3).
   */
  locate(path: string, context: DriverContext): Promise<Volume>
  /** Makes one read-only picture of each volume, at one instant as far as `facts.atomicity` says. */
  snapshot(request: SnapshotRequest, context: DriverContext): Promise<void>
  /** Makes a writable copy of a snapshot. Many clones of one snapshot are independent of each other and of the source. */
  clone(request: CloneRequest, context: DriverContext): Promise<void>
  /** Makes the clone's files visible and returns the path of its root. Idempotent; called again after a reboot. */
  attach(clone: CloneReference, context: DriverContext): Promise<string>
  /** Removes a clone, mounted or not. Succeeds when there is none. Waits within a bound for a busy one (H56), then `BUSY`. */
  removeClone(clone: CloneReference, context: DriverContext): Promise<void>
  /** Removes a snapshot. Succeeds when there is none. `BUSY` while a clone needs it. */
  removeSnapshot(snapshot: SnapshotReference, context: DriverContext): Promise<void>
  /** Everything in the volume's pool that carries this driver's mark, whoever made it. */
  list(volume: Volume, context: DriverContext): Promise<StoredItem[]>
  /** How full the volume's pool is (H55). Core compares it with the caller's thresholds before every fork. */
  space(volume: Volume, context: DriverContext): Promise<Space>
  /**
   * Makes an empty volume of its own at `path`, which doesn't exist, in a directory that does; `rm -r` removes it. Throws
   * `DRIVER_NOT_APPLICABLE` as `locate` does. Left out where a volume can't be made at any path: then core makes an
   * ordinary directory, and a snapshot of what will lie in it captures what lies beside it as well.
   */
  createVolume?(path: string, context: DriverContext): Promise<void>
}

/** Differences between storages, as facts that core acts on. */
export interface DriverFacts {
  /**
   * What one `snapshot()` call captures at one instant: all volumes of one `pool`, each `volume` for itself, or `none`
   * (files are copied one after another). Without it core makes a base backup around the call (H4).
   */
  readonly atomicity: 'pool' | 'volume' | 'none'
  /** A clone needs its snapshot as long as it lives (ZFS). Then core keeps the snapshot until the last clone is gone. */
  readonly clonePinsSnapshot: boolean
  /** A clone lies on the source's file system, so that `syncfs` in a fork flushes the source's files too (H18). */
  readonly cloneSharesFileSystem: boolean
  /** When a removed clone's space is free again: on return, or some time later in the background. */
  readonly releasesSpace: 'immediately' | 'later'
}

/** A tree of files that is snapshotted as a whole. Plain data: it is kept in records. */
export interface Volume {
  /** Two paths lie on one volume exactly when their ids are equal. Stable over reboots. */
  readonly id: string
  /** What shares its space with this volume: a file system, a zpool, a thin pool. */
  readonly pool: string
  /** Absolute path at which the volume is visible; the path given to `locate` lies at or below it. */
  readonly root: string
  /** Snapshots and clones share blocks with the volume, so that they take neither time nor space of their own. */
  readonly copyOnWrite: boolean
  /** What the driver itself needs to find the volume again. Never a secret. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface SnapshotReference {
  readonly volume: Volume
  readonly name: string
}

export interface CloneReference {
  readonly volume: Volume
  readonly name: string
}

export interface SnapshotRequest {
  /** One snapshot each. Names differ, so that a driver may keep them side by side. */
  readonly snapshots: readonly SnapshotReference[]
  /**
   * Directories, relative to the root of every volume, whose content the caller doesn't need. A driver that copies
   * leaves them empty; one that captures a volume as a whole ignores this.
   */
  readonly omit?: readonly string[]
  /**
   * Each snapshot will have one clone, made with `consumeSnapshot`. A driver may then leave the snapshot writable, so that
   * turning it into the clone costs nothing.
   */
  readonly singleUse?: boolean
}

export interface CloneRequest extends CloneReference {
  readonly snapshot: SnapshotReference
  /** The user that will work in the clone. Nobody else gets a way in (H29). Default: the caller. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** The snapshot isn't needed afterwards: a driver may turn it into the clone. Core removes it where it still exists. */
  readonly consumeSnapshot?: boolean
}

/** A snapshot or clone that was found in storage. */
export interface StoredItem {
  readonly kind: 'snapshot' | 'clone'
  readonly volume: Volume
  readonly name: string
  /** Where its files are visible, if they are. */
  readonly path?: string
}

/** Space of a pool, in bytes. `metadata` where the storage accounts for it apart (thin pools, Btrfs). */
export interface Space {
  readonly data: SpaceUsage
  readonly metadata?: SpaceUsage
}

export interface SpaceUsage {
  readonly usedBytes: number
  readonly totalBytes: number
}
