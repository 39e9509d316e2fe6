import { findLiveWal } from '../postgres/moment/wal-folders.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { readEnd } from '../postgres/wal/read-end.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'

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

/** The same for a standby: up to where it has replayed, which its files have need of at most. */
export async function readReplayEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  if (client === undefined || !inspection.isStandby) return undefined
  const asked = client.query<{ end: string | null }>('select pg_last_wal_replay_lsn()::text as end')
  const answer = await asked.catch(() => undefined)
  return answer?.rows[0]?.end ?? undefined
}

/** The same of a primary that can't be asked, as far as its files tell. */
export async function readFilesEnd({ inspection, client }: InspectedSource): Promise<string | undefined> {
  const { dataDirectory, major, control, timeline } = inspection
  if (client !== undefined || inspection.isStandby) return undefined
  const live = await findLiveWal(dataDirectory, major, control.systemIdentifier)
  if (live === undefined) return undefined
  using wal = live.directory
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes: control.walSegmentBytes,
    isOfHistory: (segment) => segment.timeline === timeline,
  })
  return live.lastSegment === undefined ? undefined : (await readEnd(segments, live.lastSegment, major))?.location
}
