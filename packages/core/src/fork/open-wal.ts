import { PgforkError } from '../errors/pgfork-error.ts'
import type { Directory } from '../files/directory.ts'
import { parseLocation } from '../postgres/files/location.ts'
import { findLiveWal, type LiveWal, openWalFolder } from '../postgres/moment/wal-folders.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import type { ForkRecord, RecordedMoment } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'

export interface OpenedWal extends Disposable {
  /** The caller's folders, and the source's `pg_wal` if it is there. */
  readonly directories: readonly Directory[]
  readonly live: LiveWal | undefined
}

/** Opens all places where the WAL behind a snapshot may be. @throws PgforkError `INVALID_OPTION` */
export async function openWal({ source }: SnapshotRecord, folders: readonly string[]): Promise<OpenedWal> {
  const directories: Directory[] = []
  const close = (): void => {
    for (const directory of directories) directory[Symbol.dispose]()
  }
  try {
    for (const folder of folders) directories.push(openWalFolder(folder))
    const live = await findLiveWal(source.dataDirectory, source.major, source.systemIdentifier)
    if (live !== undefined) directories.push(live.directory)
    return { directories, live, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

/**
 * That the WAL up to a fork's moment is still there, before the fork is given up for a reset.
 *
 * @throws PgforkError `RESET_UNAVAILABLE`
 */
export async function requireWal(
  { name }: ForkRecord,
  moment: RecordedMoment,
  snapshot: SnapshotRecord,
): Promise<void> {
  const { from, location, segmentBytes, timeline: newest } = moment
  using wal = await openWal(snapshot, moment.wal)
  await using segments = new SegmentFiles({
    directories: wal.directories,
    segmentBytes,
    isOfHistory: ({ timeline }) => timeline <= newest,
  })
  const last = Math.floor((parseLocation(location) - 1) / segmentBytes)
  for (let number = Math.floor(parseLocation(from) / segmentBytes); number <= last; number++)
    if ((await segments.writtenBytesOf(number)) === 0)
      throw new PgforkError(
        'RESET_UNAVAILABLE',
        `The WAL between the snapshot and the moment of the fork ${name} is not there any more: a segment between ${from} and ${location} ` +
          'is in none of the folders, nor with the source. The fork stays as it is.',
        { facts: { name, from, location, wal: moment.wal } },
      )
}
