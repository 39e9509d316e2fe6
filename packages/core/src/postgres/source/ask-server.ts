import type { Client } from 'pg'

/** What only the server itself knows. */
export interface ServerAnswers {
  readonly isStandby: boolean
  readonly replayPosition: string | undefined
  readonly insertPosition: string | undefined
  /** A primary writes it into the names of its WAL files; right after a promotion its control file doesn't know it yet. */
  readonly timeline: number | undefined
  readonly superuser: string | undefined
}

/** Of a primary and of a standby, in one round trip. Each has functions that fail on the other. */
export async function askServer(client: Client): Promise<ServerAnswers> {
  const { rows } = await client.query<{
    standby: boolean
    replayed: string | null
    inserted: string | null
    file: string | null
    role: string | null
  }>(`select recovers as standby,
             case when recovers then pg_last_wal_replay_lsn()::text end as replayed,
             case when not recovers then pg_current_wal_insert_lsn()::text end as inserted,
             case when not recovers then pg_walfile_name(pg_current_wal_lsn()) end as file,
             (select rolname from pg_roles where rolsuper and rolcanlogin order by oid limit 1) as role
      from pg_is_in_recovery() as recovers`)
  const [row] = rows
  return {
    isStandby: row?.standby === true,
    replayPosition: row?.replayed ?? undefined,
    insertPosition: row?.inserted ?? undefined,
    timeline: Number.parseInt(row?.file?.slice(0, 8) ?? '', 16) || undefined,
    superuser: row?.role ?? undefined,
  }
}
