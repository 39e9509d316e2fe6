import type { UserIdentity } from '../../command/command-runner.ts'
import type { DriverContext } from './driver-context.ts'

/**
 * What a storage does for pgfork: a thin mapping from a few verbs to its commands. It knows nothing of PostgreSQL, and core
 * knows nothing of the storage.
 *
 * Words
 *
 * - **volume**: a tree of files that is captured as a whole: a subvolume, a dataset, a logical volume, for copies a directory.
 * - **pool**: what volumes share their space with: a file system, a zpool, a thin pool.
 * - **snapshot**: the content of a volume at one instant. Nobody works in it.
 * - **clone**: a writable volume with the content of a snapshot. A fork's server works in it.
 * - **attach**: to make a clone's files visible at a path: mount it, where it isn't a directory from the start.
 * - **hand over**: to give a clone's files to the user that its server runs as, who may do with them what he likes from then on.
 * - **consume**: to turn a snapshot into its one clone, so that no second copy is made.
 * - **mark**: what shows that a snapshot or clone is ours: a tag, a property, a file beside it. It holds enough to list and
 *   remove what it marks without any record.
 * - **reference**: a volume and a name, as plain data. Core records it *before* the verb that makes what it names.
 * - **volume by reference**: one that is mounted on another host, known by its name in the storage alone. The source's host is asked for nothing.
 *
 * Which verbs come when, for a cluster on the volumes `v` and `w`
 *
 *     fork        locate(directory), for each of the cluster's directories   -> v, w
 *                 space(v), space(w)                                         refused above the thresholds (H55)
 *                 snapshot([v/a, w/a])                                       one call a driver
 *                 clone(v/b of v/a), clone(w/b of w/a)
 *                 attach(v/b), attach(w/b)                                   -> paths; core prepares the files there
 *                 handOver(v/b), handOver(w/b)                               right before the server is started
 *                 removeSnapshot(v/a), removeSnapshot(w/a)                   where no reset needs them, nor a clone
 *     reset       removeClone(w/b), removeClone(v/b)
 *                 clone(v/b of v/a) ..                                       the same names again
 *                 attach(v/b), handOver(v/b) ..
 *     start       attach(v/b), handOver(v/b) ..                              each time: after a reboot nothing is mounted
 *     removal     removeClone(w/b), removeClone(v/b)                         the server has ended
 *                 removeSnapshot(v/a) ..                                     after its last clone
 *     failure     removeClone, removeSnapshot of all that was recorded       whether or not it was made, or half made
 *     crash       the same, by another process; without records: locate(v), list(v), and so on for what it names
 *     elsewhere   resolve(reference) instead of locate; claims.take, so that forks of other hosts have other timelines; claims.release
 *
 * What holds for every verb
 *
 * - All are required but `createVolume`, `finishClone`, `ownBytes`, `resolve`, `outline` and `claims`. What a storage can't do throws `DRIVER_UNSUPPORTED`; nothing returns as if it had been
 *   done.
 * - `locate`, `space`, `list`, `attach`, `handOver` and the removals can be repeated, with the same outcome. `snapshot` and `clone` over
 *   something that exists throw `TARGET_EXISTS` (H6); after a failure core doesn't repeat them, but removes what they left.
 * - A removal succeeds when there is nothing to remove, of what was only half made, and after somebody else unmounted or
 *   removed part of it. It touches only what carries the driver's own mark, and warns of anything else (H57).
 * - Nothing counts as gone while its storage isn't proven to be there: a file system that isn't mounted, a pool that isn't imported
 *   and a volume group whose devices are away look empty. Then `clone`, `attach`, `list` and the removals throw `STORAGE_MISSING` (H72);
 *   `clone` does so before its first side effect, so that nothing is left to remove.
 * - The mark comes with the first side effect, and goes with the last: killed at any moment, a verb leaves nothing that can't be
 *   found and removed.
 * - Several processes, and several objects of a driver, work on a volume at once. Nothing that matters is kept in memory.
 * - An abort ends a verb soon: commands get it from the runner, and loops without commands look at `context.signal`. A
 *   command that must not be killed (H74) gets a signal of its own; then the abort counts before and after it. Removals that
 *   undo a failure are never aborted.
 * - The runner also limits the time of each command. A driver adds only waiting for what is busy, within a bound (H56).
 * - Names come validated and unique from core: at most 63 of `a-z 0-9 . _ -`, never starting with a dash or a dot.
 */
export interface SnapshotDriver {
  /** Stands in records: another driver of that name must find what this one made. */
  readonly name: string
  readonly facts: DriverFacts
  /**
   * The volume that holds `path`, an existing directory. Throws `DRIVER_NOT_APPLICABLE`, with the reason, when this
   * driver does not serve it; `LAYOUT_REFUSED` when a snapshot of the volume would miss something below `path` (H3).
   */
  locate(path: string, context: DriverContext): Promise<Volume>
  /**
   * The volume of this name in the storage, which another host has mounted and which is mounted nowhere here, now or later. `COPY_MISSING` when
   * there is none, `BUSY` where a snapshot might harm who has it. Left out where only what is on this host can be captured.
   */
  resolve?(reference: VolumeReference, context: DriverContext): Promise<Volume>
  /** Makes one snapshot of each volume, at one instant as far as `facts.atomicity` says. */
  snapshot(request: SnapshotRequest, context: DriverContext): Promise<void>
  /** Makes a clone of a snapshot. Many clones of one snapshot are independent of each other and of the source. */
  clone(request: CloneRequest, context: DriverContext): Promise<void>
  /**
   * Returns when a clone made with `later` has all its files; throws what kept one from being copied. Core calls it for each such clone before
   * anybody else gets it. Left out where a clone is whole when it is made.
   */
  finishClone?(clone: CloneReference, context: DriverContext): Promise<void>
  /** Makes a clone's files visible and returns the path of its root, the same each time. `COPY_MISSING` if it is gone. */
  attach(clone: CloneReference, context: DriverContext): Promise<string>
  /**
   * Gives an attached clone to the user who will work in it: its root directory, with mode 0700. Until then only the caller gets at
   * it, and nobody else ever does (H29). What lies above the root directory stays the caller's, so that this user can't put something else in
   * its place (H59, H60): on later occasions root works there again. Does nothing for a clone that was handed over.
   */
  handOver(clone: CloneReference, owner: UserIdentity, context: DriverContext): Promise<void>
  /** Removes a clone, attached or not. Waits within a bound for a busy one, then throws `BUSY` and says who holds it (H56). */
  removeClone(clone: CloneReference, context: DriverContext): Promise<void>
  /** Removes a snapshot. `BUSY` while a clone needs it. */
  removeSnapshot(snapshot: SnapshotReference, context: DriverContext): Promise<void>
  /** Everything in the volume's pool that carries this driver's mark, whoever made it, half made or not. */
  list(volume: Volume, context: DriverContext): Promise<StoredItem[]>
  /** How full the volume's pool is, or the volume's own quota where that is fuller (H55). */
  space(volume: Volume, context: DriverContext): Promise<Space>
  /**
   * Makes an empty volume of its own at `path`, which doesn't exist, in a directory that does; `rm -r` removes it. Throws
   * `DRIVER_NOT_APPLICABLE` as `locate` does. Left out where a volume can't be made at any path: then core makes an
   * ordinary directory, and a snapshot of what will lie in it captures what lies beside it as well.
   */
  createVolume?(path: string, context: DriverContext): Promise<void>
  /**
   * Bytes of an attached clone's that it shares with nothing: so much would be free without it. Undefined, or left out, where the
   * storage can't tell.
   */
  ownBytes?(clone: CloneReference, context: DriverContext): Promise<number | undefined>
  /** What `snapshot`, `clone` and `attach` would run. Left out, it isn't known before. */
  readonly outline?: DriverOutline
  /** Names that one of all hosts has. Required with `reach: 'cluster'`, where state directories can't tell what other hosts have taken. */
  readonly claims?: DriverClaims
}

/**
 * The commands of a verb, in order and with all their words, for who wants to read them before. Nothing is changed, and what is named needn't be
 * there: a clone may be of a snapshot that would be taken of its volume as it is now. What is known only then stands in angle brackets:
 * `/dev/loop<number>`.
 */
export interface DriverOutline {
  snapshot(request: SnapshotRequest, context: DriverContext): Promise<Command[]>
  clone(request: CloneRequest, context: DriverContext): Promise<Command[]>
  /** Of a clone that was just made. With the path that `attach` would return. */
  attach(
    request: CloneRequest,
    context: DriverContext,
  ): Promise<{ readonly commands: Command[]; readonly path: string }>
  /** Of `claims.take`, of a name that nobody has. Left out where there are no claims. */
  claim?(volume: Volume, name: string, holder: string, context: DriverContext): Promise<Command[]>
}

/** A command's words, with those that stand before it, such as `sudo`. */
export type Command = readonly string[]

/** Names in the pool of a volume, each of which one holder has, on whatever host he is. Names and holders are like names of clones. */
export interface DriverClaims {
  /** Takes a name; false when it is taken, by whomever. Of several at once, on several hosts, one gets it. */
  take(volume: Volume, name: string, holder: string, context: DriverContext): Promise<boolean>
  /** Whether it was taken on this host, for this holder. */
  holds(volume: Volume, name: string, holder: string, context: DriverContext): Promise<boolean>
  /**
   * Gives back a name that was taken on this host, for this holder. Succeeds when nobody has it, and leaves alone what another one has.
   */
  release(volume: Volume, name: string, holder: string, context: DriverContext): Promise<void>
  /** All names that are taken, of whatever host. */
  list(volume: Volume, context: DriverContext): Promise<string[]>
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
  /**
   * What of a volume in use a snapshot holds: all that was written, or only what was flushed to it, as a power cut leaves it. Then a source
   * with `fsync=off` is refused (H96). Default `written`.
   */
  readonly captures?: 'written' | 'flushed'
  /**
   * What a power cut leaves of a snapshot or a clone right after its verb: all of it, or what the system has happened to write out by then. Core
   * flushes the file systems of `unflushed` snapshots that are to last, at the paths that `list` tells, and those of clones of either kind where no
   * recovery does it: it has written in them (H140). Default `flushed`.
   */
  readonly leaves?: 'flushed' | 'unflushed'
  /** Who else has the same storage: this host alone, or others with forks of their own, too. Default `host`. */
  readonly reach?: 'host' | 'cluster'
}

/** The name of a volume in a storage that several hosts reach, for `SnapshotDriver.resolve`. Plain data, made by a function of the driver's package. */
export interface VolumeReference {
  /** Name of the driver. */
  readonly driver: string
  /** What the driver finds it by: `pool/image`. */
  readonly volume: string
}

/** A tree of files that is snapshotted as a whole. Plain data: it is kept in records. */
export interface Volume {
  /** Two paths lie on one volume exactly when their ids are equal. Stable over reboots. */
  readonly id: string
  /** What shares its space with this volume: a file system, a zpool, a thin pool. */
  readonly pool: string
  /** Absolute path at which the volume is visible; the path given to `locate` lies at or below it. `/` of one that was resolved. */
  readonly root: string
  /** Snapshots and clones share blocks with the volume, so that they take neither time nor space of their own. */
  readonly copyOnWrite: boolean
  /** What the driver itself needs to find the volume again. Never a secret. */
  readonly attributes: Readonly<Record<string, string>>
}

/** One snapshot of one volume, by the name that core gave it. */
export interface SnapshotReference {
  readonly volume: Volume
  readonly name: string
}

/** One clone of one volume, by the name that core gave it. */
export interface CloneReference {
  readonly volume: Volume
  readonly name: string
}

/** Snapshots that belong together. */
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

/** A clone, and the snapshot of the same volume that it is made from. */
export interface CloneRequest extends CloneReference {
  readonly snapshot: SnapshotReference
  /** The snapshot isn't needed afterwards: a driver may turn it into the clone. Core removes it where it still exists. */
  readonly consumeSnapshot?: boolean
  /**
   * A directory, relative to the root, whose files aren't needed before `finishClone`: a driver that copies may still be at them when
   * this returns, in this process. Its directories and links are there at once.
   */
  readonly later?: string
  /** Name of files below `later` that come after all others of them: who finds one takes what is there for whole. */
  readonly last?: string
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

/** How full something is. */
export interface SpaceUsage {
  readonly usedBytes: number
  readonly totalBytes: number
}
