import type { WalArchive } from '../archive/wal-archive.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { parseLocation } from '../postgres/files/location.ts'
import { chooseHistory } from '../postgres/moment/choose-history.ts'
import { openWal } from '../postgres/moment/open-wal.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import type { ForkRecord, RecordedMoment } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'

/**
 * That the WAL up to a fork's moment is still there, before the fork is given up for a reset.
 *
 * @throws PgforkError `RESET_UNAVAILABLE`
 */
export async function requireWal(
  { name }: ForkRecord,
  moment: RecordedMoment,
  snapshot: SnapshotRecord,
  archive: WalArchive | undefined,
): Promise<void> {
  const { from, location, segmentBytes, timeline: newest } = moment
  using wal = await openWal(snapshot.source, moment.wal)
  await archive?.fetchHistories(snapshot.source, snapshot.source.timeline)
  const directories = [...wal.directories, ...(archive?.directories ?? [])]
  const { history } = chooseHistory(directories, snapshot.source.timeline, parseLocation(from))
  await using segments = new SegmentFiles({
    directories,
    segmentBytes,
    systemIdentifier: snapshot.source.systemIdentifier,
    isOfHistory: ({ timeline }) => timeline <= newest,
    fetch: archive?.segmentsOf(snapshot.source, history, segmentBytes),
  })
  const last = Math.floor((parseLocation(location) - 1) / segmentBytes)
  for (let number = Math.floor(parseLocation(from) / segmentBytes); number <= last; number++)
    if ((await segments.writtenBytesOf(number)) === 0)
      throw new PgforkError(
        'RESET_UNAVAILABLE',
        `The WAL between the snapshot and the moment of the fork ${name} is not there any more: a segment between ${from} and ${location} ` +
          'is in none of the folders, nor with the source. Name an archive that has it: reset({ wal }). The fork stays as it is.',
        { facts: { name, from, location, wal: moment.wal } },
      )
}
