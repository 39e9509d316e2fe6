import { formatLocation, parseLocation, type SegmentName } from '../postgres/files/location.ts'
import { findLiveWal } from '../postgres/moment/wal-folders.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { openWal } from '../postgres/source/read-layout.ts'
import { findFirstRecord } from '../postgres/wal/first-record.ts'
import { readEnd } from '../postgres/wal/read-end.ts'
import { readRecords } from '../postgres/wal/read-records.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import type { WalRecord } from '../postgres/wal/wal-record.ts'

/**
 * Where a primary inserts its next record. Asked after a snapshot was taken, it bounds the WAL in the snapshot; what lies beyond
 * are old segments that wait to be written again. Undefined for a standby, which may hold WAL that it has received and not replayed
 * (H41), and for a source that doesn't answer any more: its snapshot is none the worse.
 */
export async function readWalEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  if (client === undefined || inspection.isStandby) return undefined
  const asked = client.query<{ end: string }>('select pg_current_wal_insert_lsn()::text as end')
  const answer = await asked.catch(() => undefined)
  return answer?.rows[0]?.end
}

/**
 * The end of the last record that is flushed, from which WAL leads on after a crash, too: the server has told where it inserts, and has no
 * reason to flush what a reader has written, by pruning for example.
 */
export async function readFlushedEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  const { dataDirectory, major, control, timeline } = inspection
  const asked = client?.query<{ end: string }>('select pg_current_wal_flush_lsn()::text as end')
  const flushed = (await asked?.catch(() => undefined))?.rows[0]?.end
  const live = flushed === undefined ? undefined : await findLiveWal(dataDirectory, major, control.systemIdentifier)
  if (flushed === undefined || live === undefined) return undefined
  using wal = live.directory
  const { walSegmentBytes: segmentBytes } = control
  const isOfHistory = (segment: SegmentName): boolean => segment.timeline === timeline
  await using segments = new SegmentFiles({ directories: [wal], segmentBytes, isOfHistory })
  const end = await lastEndUpTo(segments, parseLocation(flushed))
  return end === undefined ? undefined : formatLocation(end)
}

async function lastEndUpTo(segments: SegmentFiles, until: number): Promise<number | undefined> {
  const start = await findFirstRecord(segments, Math.floor((until - 1) / segments.segmentBytes))
  let last = start
  const visit = ({ end }: WalRecord): boolean => {
    if (end <= until) last = end
    return end <= until
  }
  if (start !== undefined) await readRecords({ segments, start, until, checksums: false, visit })
  return last === undefined || last > until ? undefined : last
}

/** The same for a standby: up to where it has replayed, which its files have need of at most. */
export async function readReplayEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  if (client === undefined || !inspection.isStandby) return undefined
  const asked = client.query<{ end: string | null }>('select pg_last_wal_replay_lsn()::text as end')
  const answer = await asked.catch(() => undefined)
  return answer?.rows[0]?.end ?? undefined
}

/** The same of a primary that can't be asked, as far as its files tell. */
export async function readFilesEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  const { dataDirectory, major, control, timeline, layout } = inspection
  if (client !== undefined || inspection.isStandby) return undefined
  const live = await findLiveWal(dataDirectory, major, control.systemIdentifier, (source) => openWal(source, layout))
  if (live === undefined) return undefined
  using wal = live.directory
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes: control.walSegmentBytes,
    isOfHistory: (segment) => segment.timeline === timeline,
  })
  return live.lastSegment === undefined
    ? undefined
    : (await readEnd(segments, live.lastSegment.number, major))?.location
}
