import process from 'node:process'
import type { WalArchive } from '../archive/wal-archive.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { readControlData } from '../postgres/files/control-data.ts'
import { historyFileName } from '../postgres/files/history-files.ts'
import { formatLocation, parseLocation } from '../postgres/files/location.ts'
import { historyUpTo, segmentsOf, type TimelineHistory } from '../postgres/files/timeline-history.ts'
import { chooseHistory } from '../postgres/moment/choose-history.ts'
import { type FoundMoment, findMoment } from '../postgres/moment/find-moment.ts'
import { layOutWal } from '../postgres/moment/lay-out-wal.ts'
import { describeMoment, type WantedMoment } from '../postgres/moment/moment.ts'
import { completeUntil, openWal } from '../postgres/moment/open-wal.ts'
import { readThrough } from '../postgres/moment/read-through.ts'
import { readSnapshotWal } from '../postgres/moment/snapshot-wal.ts'
import type { LiveWal } from '../postgres/moment/wal-folders.ts'
import { readPreparedFiles } from '../postgres/wal/prepared-transactions.ts'
import type { RecoveryNeeds } from '../postgres/wal/recovery-needs.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { timestampOf } from '../postgres/wal/timestamps.ts'
import type { ForkRecord, RecordedMoment } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { checkFolderSpace, checkSpace, defaultSpaceThresholds } from '../snapshot/check-space.ts'

export interface MomentRequest {
  readonly wanted: WantedMoment
  /** Folders with archived segments, looked into beside the source's `pg_wal`. */
  readonly wal: readonly string[]
  /** Asked for what they don't hold. */
  readonly archive?: WalArchive | undefined
  /** The WAL that leads there was read with its checksums already; the server will do so once more. */
  readonly isRead?: boolean
  /** What was found when it was read. Default: it is found anew. */
  readonly found?: FoundMoment | undefined
}

export interface LaidOutMoment {
  readonly moment: RecordedMoment
  /** Of all that were seen: the fork's is above it. */
  readonly newestTimeline: number
  readonly needs: RecoveryNeeds
  /** What recovery replays. */
  readonly replayed: ReplayedWal
}

export interface ReplayedWal {
  /** Locations. */
  readonly start: number
  readonly stop: number
  readonly segmentBytes: number
}

/** The step `moment`: finds the moment in the WAL, and puts the WAL up to it into the fork, which was cloned and sanitised. */
export async function recoverToMoment(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  path: string,
  { wanted, wal: folders, archive, isRead = false, found: known }: MomentRequest,
): Promise<LaidOutMoment> {
  refuseUnrecoverable(snapshot)
  const { major } = snapshot.source
  const { signal } = operation
  using dataDirectory = Directory.open(path)
  using own = dataDirectory.openLinked('pg_wal')
  const control = await readControlData(dataDirectory, major)
  const flushed = snapshot.reached && parseLocation(snapshot.reached.location)
  const ends = { backupEnd: snapshot.backup?.stopLocation, flushed }
  const base = await readSnapshotWal(dataDirectory, own, control, ends)
  using given = await openWal(snapshot.source, folders, { directory: own, flushed })
  const { live } = given
  for (const directory of given.directories.slice(0, folders.length)) warnOfOwner(operation, directory, fork)
  const { walSegmentBytes: segmentBytes } = control
  await archive?.fetchHistories(snapshot.source, base.timeline)
  const directories = [own, ...given.directories, ...(archive?.directories ?? [])]
  const { history, newestTimeline } = chooseHistory(directories, base.timeline, base.earliest)
  await using segments = new SegmentFiles({
    directories,
    segmentBytes,
    systemIdentifier: snapshot.source.systemIdentifier,
    isOfHistory: segmentsOf(history, segmentBytes),
    fetch: archive?.segmentsOf(snapshot.source, history, segmentBytes),
  })
  const find = () =>
    findMoment({
      ...{ wanted, segments, major, signal, start: base.start, earliest: base.earliest },
      // What is committed while it is being taken may be in it, and before the checkpoint from which its WAL is read.
      since: timestampOf(new Date(snapshot.reached?.time ?? snapshot.createdAt)),
      nextTransaction: snapshot.reached?.nextTransaction,
      checksums: !isRead,
      completeUntil: (end) => completeUntil(live, history, segmentBytes, end),
    })
  const { stop, firstExcluded, lastCommit: lastBehind } = known ?? (await find())
  if (wanted.kind === 'time') warnOfNow(operation, wanted.time, live)
  const followed = historyUpTo(history, stop)
  const timeline = followed.at(-1)?.timeline ?? base.timeline
  const isNewer = timeline > base.timeline
  await layOutWal({
    ...{ wal: own, segments, history: followed, start: base.start, stop, owner: fork.owner },
    admit: (bytes) => admit(operation, snapshot, path, bytes),
    onProgress: (doneBytes, totalBytes) => operation.steps.progress({ doneBytes, totalBytes }),
  })
  if (isNewer) writeHistory(own, followed, fork)
  const { needs, lastCommit } = await readThrough({
    ...{ wal: own, segmentBytes, history: followed, start: base.start, stop, major, signal },
    systemIdentifier: snapshot.source.systemIdentifier,
    prepared: readPreparedFiles(dataDirectory),
    maxPreparedTransactions: control.maxPreparedTransactions,
    // What was found began where the snapshot ends.
    lastCommit: lastBehind,
    latest: wanted.kind === 'time' ? wanted.time : undefined,
  })
  return {
    moment: {
      asked: describeMoment(wanted),
      location: formatLocation(stop),
      timeline,
      ...(isNewer ? { followed: timeline } : {}),
      ...(lastCommit === undefined ? {} : { lastCommit }),
      ...(firstExcluded === undefined ? {} : { firstExcluded }),
      wal: [...folders],
      from: formatLocation(base.earliest),
      segmentBytes,
    },
    newestTimeline,
    needs,
    replayed: { start: base.start, stop, segmentBytes },
  }
}

/** Whoever writes there could have put a superuser into the fork, whose server runs as its owner. */
function warnOfOwner({ warn }: Operation, { path, stats }: Directory, { owner }: ForkRecord): void {
  if ([0, owner.uid, process.geteuid?.()].includes(stats.uid)) return
  warn(
    `The folder ${path} belongs to another user (uid ${stats.uid}), who decides by its WAL what is in the fork, who its superusers are, and so ` +
      'what runs as the owner of its server.',
  )
}

/** Only as a standby does a server go on from its snapshot to a moment, and on a timeline of its own. */
function refuseUnrecoverable({ source, backup }: SnapshotRecord): void {
  if (source.walLevel === 'minimal')
    throw new PgforkError(
      'SETTING_REFUSED',
      "The snapshot's source ran with wal_level=minimal, of whose WAL PostgreSQL recovers nothing. Raise it, and take a new snapshot.",
      { hazard: 'H15' },
    )
  if (source.awaitsBackupEnd === true && backup === undefined)
    throw new PgforkError(
      'SETTING_REFUSED',
      'A crash cut an exclusive backup of the source off, and recovery beyond that would wait for its end in vain. Take a new snapshot ' +
        'after a backup of the source has come to its end.',
      { hazard: 'H42' },
    )
}

/** A transaction takes its time before its commit is in the WAL. */
const settledAfterMs = 1_000

function warnOfNow(operation: Operation, time: bigint, live: LiveWal | undefined): void {
  const now = live?.openedAt ?? new Date()
  if (time > timestampOf(new Date(now.getTime() - settledAfterMs)))
    operation.warn(
      'The moment was less than a second ago: a transaction with a time before it may not have been in the WAL yet.',
    )
}

async function admit(operation: Operation, snapshot: SnapshotRecord, path: string, bytes: number): Promise<void> {
  await checkSpace(operation.drivers, snapshot.copies, defaultSpaceThresholds, operation.driverContext())
  await checkFolderSpace({ root: path, pool: 'the fork' }, bytes, defaultSpaceThresholds)
}

/** Recovery that goes on to a newer timeline than that of the snapshot has to know how it came about. */
function writeHistory(wal: Directory, history: TimelineHistory, { owner }: ForkRecord): void {
  const lines = history
    .slice(0, -1)
    .map(({ timeline, end }) => `${timeline}\t${formatLocation(end)}\tas in the source's history\n`)
  replaceFile(wal, historyFileName(history.at(-1)?.timeline ?? 1), lines.join(''), owner)
}
