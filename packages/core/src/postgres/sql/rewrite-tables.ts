import type { ClientBase } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { checkOptions } from '../../options/check-options.ts'
import { milliseconds, names, type OptionShape } from '../../options/checks.ts'
import { leaveWalBehind } from './leave-wal-behind.ts'
import { waitForOldSnapshots } from './wait-for-old-snapshots.ts'
import { withInternalPath } from './with-internal-path.ts'

export interface RewriteTablesOptions {
  /**
   * Those that were changed, as SQL names them: `public.users`. A partitioned one stands for its partitions.
   * Default: all of the database, large objects, and the catalogs that hold passwords.
   */
  readonly tables?: readonly string[]
  /** How long transactions that still see old rows are waited for. Default 60,000. */
  readonly timeoutMs?: number
}

const shape: OptionShape<RewriteTablesOptions> = { tables: names, timeoutMs: milliseconds }

/**
 * Writes tables anew, so that nothing of what was updated or deleted is left in the files of a fork (H68): neither as dead rows,
 * nor in indexes and statistics, nor in the WAL. For the end of a `prepare` that masks; it takes the space of the tables once
 * more, and locks them.
 *
 * Materialized views are written anew as they are: refresh them before.
 *
 * @param client a superuser's, in no transaction
 * @throws PgforkError `INVALID_OPTION` for a table that does not exist, `PREPARE_FAILED` when something keeps old rows or old WAL
 */
export async function rewriteTables(client: ClientBase, options: RewriteTablesOptions = {}): Promise<void> {
  checkOptions('rewriteTables', options, shape)
  const { tables, timeoutMs = 60_000 } = options
  const chosen = tables && (await findTables(client, tables))
  const found = await withInternalPath(client, async () => {
    await waitForOldSnapshots(client, timeoutMs)
    const { rows } = await client.query<Table>(listTables, [chosen ?? null])
    const oids = rows.map(({ oid }) => oid)
    await client.query(forgetStatistics, [oids])
    if (await hasValuesInExtendedStatistics(client)) await client.query(forgetExtendedStatistics, [oids])
    // Who began since may still see those, and VACUUM would keep them.
    await waitForOldSnapshots(client, timeoutMs)
    return rows
  })
  // Functions of an index may need the database's own search_path.
  for (const { name, work } of found) if (work !== '') await client.query(`${work} ${name}`)
  await client.query('vacuum (full) pg_catalog.pg_statistic')
  if (await hasValuesInExtendedStatistics(client)) await client.query('vacuum (full) pg_catalog.pg_statistic_ext_data')
  await withInternalPath(client, () => leaveWalBehind(client))
}

interface Table {
  readonly oid: string
  readonly name: string
  readonly work: 'vacuum (full, analyze)' | 'vacuum (full)' | 'analyze' | ''
}

/** Their oids. Names are looked up in the search_path that the caller knows them by. */
async function findTables(client: ClientBase, tables: readonly string[]): Promise<string[]> {
  const oids: string[] = []
  for (const table of tables) {
    const { rows } = await client.query<{ oid: string | null }>(
      'select pg_catalog.to_regclass($1)::pg_catalog.oid::pg_catalog.text as oid',
      [table],
    )
    const oid = rows[0]?.oid ?? undefined
    if (oid === undefined)
      throw new PgforkError('INVALID_OPTION', `There is no table ${table} in this database.`, { facts: { table } })
    oids.push(oid)
  }
  return oids
}

/**
 * All, or those of the given ones with their partitions and children, and what these are partitions or children of: that has no
 * rows of theirs, but statistics about them. So has a foreign table, whose server isn't asked again: not for statistics of what it is a
 * partition or child of, either, which ANALYZE would do. And so have a temporary table of a session of the source, which has no files any
 * more, and a materialized view that isn't populated.
 */
const listTables = `
  with recursive below as (
    select unnest($1::oid[]) as oid union select inhrelid from pg_inherits join below on inhparent = below.oid),
  above as (
    select oid from below union select inhparent from pg_inherits join above on inhrelid = above.oid),
  remote as (
    select oid from pg_class where relkind = 'f' union select inhparent from pg_inherits join remote on inhrelid = remote.oid)
  select oid::text as oid, format('%s.%I', relnamespace::regnamespace, relname) as name,
         case when relpersistence = 't' or not relispopulated then ''
              when relkind in ('r', 'm') and ($1 is null or oid in (select oid from below))
              then case when oid in (select oid from remote) then 'vacuum (full)' else 'vacuum (full, analyze)' end
              when relkind in ('r', 'p') and oid not in (select oid from remote) then 'analyze' else '' end as work
    from pg_class
   where relkind in ('r', 'm', 'p', 'f')
     and case when $1 is not null then oid in (select oid from above)
              else oid = any (array['pg_largeobject', 'pg_authid', 'pg_user_mapping', 'pg_subscription']::regclass[])
                or relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) end
   order by pg_class.oid`

/** Those of the columns and of the expressions in indexes. ANALYZE would leave those of a table that is empty by now. */
const forgetStatistics = `
  delete from pg_statistic
   where starelid = any($1::oid[]) or starelid in (select indexrelid from pg_index where indrelid = any($1::oid[]))`

const forgetExtendedStatistics = `
  delete from pg_statistic_ext_data where stxoid in (select oid from pg_statistic_ext where stxrelid = any($1::oid[]))`

/** From 12 on. */
async function hasValuesInExtendedStatistics(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    "select pg_catalog.to_regclass('pg_catalog.pg_statistic_ext_data') is not null as found",
  )
  return rows[0]?.found === true
}
