import { advisedWalKeepBytes } from '../history/advise-wal-keep.ts'
import { type CommitCount, countCommits } from '../history/count-commits.ts'
import { currentStretches, readCoverage, type Stretch } from '../history/coverage.ts'
import { noHistory } from '../history/find-base.ts'
import { allocatedBytes, openHistoryFolder } from '../history/history-folder.ts'
import { baseSnapshots } from '../history/history-snapshots.ts'
import { keptSegments } from '../history/kept-segments.ts'
import { startOperation } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { openWal } from '../postgres/moment/open-wal.ts'
import type { ReachableMoment } from '../postgres/wal/read-end.ts'
import { findHistory } from '../records/history-record.ts'
import type { DescribeHistoryOptions } from './options/history-options.ts'
import { locateDataDirectory } from './options/locate-source.ts'
import { readGivenCluster } from './options/read-source.ts'
import { describeHistoryShape } from './options/shapes.ts'

/** A snapshot that moments are reached from. */
export interface HistorySnapshot {
  readonly name: string
  readonly createdAt: Date
  /** Where the source's WAL was when it had been taken. */
  readonly location: string
  /** It goes by the rules of the history; others stay until they are removed by name. */
  readonly isOfHistory: boolean
}

/** Moments that can't be reached, between two that can. */
export interface HistoryGap {
  readonly from: ReachableMoment
  readonly to: ReachableMoment
}

/** Which moments of a cluster forks can be made of, and what that takes. */
export interface HistoryDescription {
  readonly dataDirectory: string
  readonly systemIdentifier: string
  /** PostgreSQL's major version. */
  readonly major: number
  /** The rules of the last call of `recordHistory`. */
  readonly keep: string
  /** The oldest first. */
  readonly snapshots: readonly HistorySnapshot[]
  /** Undefined where there is no snapshot yet. */
  readonly earliest: ReachableMoment | undefined
  readonly latest: ReachableMoment | undefined
  readonly gaps: readonly HistoryGap[]
  /** The folder in which WAL is kept. */
  readonly walDirectory: string
  readonly walSegments: number
  /** What the kept WAL takes, blocks that it shares with the source's included. What snapshots take, only their storage can tell. */
  readonly walBytes: number
  /** With so much in the source's `wal_keep_size`, no gap comes about. Undefined before the second call of `recordHistory`. */
  readonly advisedWalKeepBytes: number | undefined
  /** Only with `countCommits`. */
  readonly commits: CommitCount | undefined
}

/**
 * Tells which moments of a cluster forks can be made of: those that its history and its own `pg_wal` lead to.
 *
 * @throws PgforkError `HISTORY_NOT_FOUND`
 */
export async function describeHistory(options: DescribeHistoryOptions): Promise<HistoryDescription> {
  checkOptions('describeHistory', options, describeHistoryShape)
  const source = readGivenCluster(options.source)
  const operation = await startOperation(options)
  const asked = await locateDataDirectory(source, operation)
  const history = await findHistory(operation.state, asked)
  if (history === undefined) throw noHistory(asked)
  const { dataDirectory, systemIdentifier, major, keep, walDirectory, segmentBytes } = history
  using folder = openHistoryFolder(history)
  using wal = await openWal(history, [walDirectory])
  const snapshots = await baseSnapshots(operation, history)
  const stretches = currentStretches(await readCoverage({ snapshots, folder, wal, segmentBytes, major }))
  return {
    ...{ dataDirectory, systemIdentifier, major, keep },
    snapshots: snapshots.map(({ name, createdAt, reached, history: of }) => ({
      ...{ name, createdAt: new Date(createdAt), location: reached.location },
      isOfHistory: of === history.name,
    })),
    earliest: stretches[0]?.first,
    latest: stretches.at(-1)?.last,
    gaps: stretches.slice(1).map(({ first }, index) => ({ from: (stretches[index] as Stretch).last, to: first })),
    walDirectory,
    walSegments: keptSegments(folder, segmentBytes).length,
    walBytes: allocatedBytes(folder),
    advisedWalKeepBytes: advisedWalKeepBytes(history),
    commits: options.countCommits
      ? await countCommits({ stretches, wal, segmentBytes, major, signal: operation.signal })
      : undefined,
  }
}
