import type { InspectedSource } from '../postgres/source/inspect-source.ts'

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
