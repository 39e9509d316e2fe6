import type { OperationOptions } from '../../operation/operation.ts'
import type { SpaceThresholds } from '../../snapshot/check-space.ts'
import type { Source } from './read-source.ts'

export interface RecordHistoryOptions extends OperationOptions {
  /** As for `createFork`, but for snapshots. */
  readonly source: Source
  /**
   * Which snapshots stay: `60x1min,24x1h,7x1d` keeps the newest one of each of the last 60 minutes, 24 hours and 7 days that have any. The
   * WAL behind the oldest of them stays, too.
   */
  readonly keep: string
  /**
   * Where the WAL is kept: a directory that nobody but the caller and root can change. On the source's own file system it shares
   * its blocks where that can be done (Btrfs, XFS, ZFS); elsewhere it is copied. Default: the state directory.
   */
  readonly directory?: string
  /** Above these, nothing is recorded (H55). */
  readonly spaceThresholds?: Partial<SpaceThresholds>
}

export interface HistoryOptions extends OperationOptions {
  /** The source whose history is meant. It may be gone, if it is named by its data directory. */
  readonly source: Source
}

export interface DescribeHistoryOptions extends HistoryOptions {
  /** Counts the commits of each minute as well: in the newest 512 MB of WAL, which takes about a second. Default false. */
  readonly countCommits?: boolean
}

export interface ListChangesOptions extends HistoryOptions {
  /** A time (a `Date`, or ISO 8601 with a zone) or a location in the WAL. Default: the earliest moment of the history. */
  readonly from?: Date | string
  /** The first moment that isn't told any more. Default: all that there is. */
  readonly to?: Date | string
  /** Only transactions that changed so many rows, or dropped, truncated or rewrote something. Default 1. */
  readonly atLeast?: number
  /** A fork of a moment before, that is asked for names which the source doesn't have any more. */
  readonly namesFrom?: Source
}
