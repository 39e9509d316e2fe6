import type { Client } from 'pg'
import { PgforkError } from '../errors/pgfork-error.ts'
import { readServerSettings } from '../postgres/settings/read-server-settings.ts'

/** What a server elsewhere says of itself by SQL. */
export interface ServerFacts {
  readonly major: number
  /** A standby itself, which this one would cascade from. */
  readonly isStandby: boolean
  /** The one that was made with the cluster, as a rule; undefined where none may log in. */
  readonly superuser: string | undefined
  /** Settings that its files, its command line or its environment give. */
  readonly settings: Readonly<Record<string, string>>
  /** What is in force, of those that a standby must not have less of. */
  readonly walSettings: Readonly<Record<string, string>>
  readonly tablespaces: readonly Tablespace[]
  readonly walLevel: string
  /** Megabytes of WAL that it keeps for a slot at most; -1: without a bound; undefined: before 13, which know none. */
  readonly mostWalForSlots: number | undefined
  /** Whose answers its commits wait for. */
  readonly synchronousStandbys: string
}

/** Where it lies there. */
export interface Tablespace {
  readonly oid: string
  readonly location: string
}

/** A standby that has less of one of these than its primary pauses its replay, and until 13 doesn't start (`CheckRequiredParameterValues`). */
const walSettingNames = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const

const oldestMajor = 10
const newestMajor = 18

/** @throws PgforkError `VERSION_MISMATCH` for one that pgfork doesn't know */
export async function inspectServer(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<Row>(
    `select current_setting('server_version_num')::int / 10000 as major,
            current_setting('server_version') as version,
            pg_is_in_recovery() as "isStandby",
            (select rolname from pg_roles where rolsuper and rolcanlogin order by oid limit 1) as superuser,
            current_setting('wal_level') as "walLevel",
            (select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size')::text as megabytes,
            coalesce(current_setting('synchronous_standby_names', true), '') as "synchronousStandbys"`,
  )
  const row = rows[0] as Row
  if (!(row.major >= oldestMajor && row.major <= newestMajor))
    throw new PgforkError(
      'VERSION_MISMATCH',
      `The server has version ${row.version}. pgfork supports PostgreSQL ${oldestMajor} to ${newestMajor}.`,
      { facts: { version: row.version } },
    )
  const names = await client.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [walSettingNames],
  )
  const tablespaces = await client.query<Tablespace>(
    `select oid::text as oid, pg_tablespace_location(oid) as location from pg_tablespace
      where pg_tablespace_location(oid) <> '' order by oid`,
  )
  return {
    major: row.major,
    isStandby: row.isStandby,
    superuser: row.superuser ?? undefined,
    settings: await readServerSettings(client, async () => ({})),
    walSettings: Object.fromEntries(
      walSettingNames.flatMap((wanted) => {
        const found = names.rows.find(({ name }) => name === wanted)
        return found === undefined ? [] : [[wanted, found.setting]]
      }),
    ),
    tablespaces: tablespaces.rows,
    walLevel: row.walLevel,
    mostWalForSlots: row.megabytes === null ? undefined : Number(row.megabytes),
    synchronousStandbys: row.synchronousStandbys,
  }
}

interface Row {
  readonly major: number
  readonly version: string
  readonly isStandby: boolean
  readonly superuser: string | null
  readonly walLevel: string
  readonly megabytes: string | null
  readonly synchronousStandbys: string
}
