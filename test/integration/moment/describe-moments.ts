import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClusterSnapshot, createSnapshot } from '@pgfork/core'
import type { Cluster, MajorVersion, Settings } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import type { TestStorage } from '../../support/storage/index.ts'
import type { SourceWorkbench } from '../../support/workbench/source-workbench.ts'
import type { Workbench } from '../../support/workbench/workbench.ts'

export { keepAll, recordInTurn } from '../../support/fork/record-in-turn.ts'

/** Makes servers in folders of their own, which nothing but a test writes to, with the table that `write` writes to. */
export const sourceMaker =
  (bench: Workbench, storage: TestStorage, settings: Settings = {}, version?: MajorVersion) =>
  async (name: string): Promise<Cluster> => {
    const source = await bench.cluster({
      directory: join(await bench.directory(storage, `source-${name}`), 'main'),
      ...(version === undefined ? {} : { version }),
      settings: { autovacuum: 'off', ...settings },
    })
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    return source
  }

/** What a source knows about a row that it has just committed. */
export interface Written {
  readonly id: number
  readonly transaction: string
  /** Before the row was written, and after it was committed. */
  readonly before: { readonly location: string; readonly time: string }
  readonly after: { readonly location: string; readonly time: string }
}

const now = async (source: Cluster): Promise<{ location: string; time: string }> => {
  const [found] = await source.query<{ location: string; time: string }>(
    `SELECT pg_current_wal_insert_lsn()::text AS location,
            to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
  )
  return found as { location: string; time: string }
}

/** A transaction that writes one row. */
export async function write(source: Cluster, id: number): Promise<Written> {
  const before = await now(source)
  const rows = await source.query<{ transaction: string }>(
    `INSERT INTO events VALUES (${id}) RETURNING txid_current()::text AS transaction`,
  )
  return { id, transaction: rows[0]?.transaction ?? '', before, after: await now(source) }
}

/** Transactions that write one row each, from `first` on. */
export async function writeMany(source: Cluster, first: number, count: number): Promise<Written[]> {
  const written: Written[] = []
  for (let id = first; id < first + count; id++) written.push(await write(source, id))
  return written
}

export const eventsIn = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM events ORDER BY id')).map(({ id }) => id)

/** From one number up to another. */
export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

export const snapshotOf = ({ source, options }: SourceWorkbench, name: string): Promise<ClusterSnapshot> =>
  createSnapshot({ source: source.dataDirectory, name, ...options })

/** Copies all segments and histories that are in a cluster's `pg_wal` now, as an archive would have them. */
export async function archive(source: Cluster, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const wal = join(source.dataDirectory, 'pg_wal')
  for (const name of await readdir(wal))
    if (/^[0-9A-F]{24}$|\.history$/.test(name))
      await cp(join(wal, name), join(folder, name), { preserveTimestamps: true })
}
