import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { expect } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { changedFiles, digestFiles } from '../../support/files/digest-files.ts'
import { crashAndStart } from '../../support/fork/crash-and-start.ts'
import { query } from '../../support/query.ts'

type Server = Parameters<typeof query>[0]

/** Fills every tablespace; called once, before the forks. */
export async function fillTablespaces(source: Cluster, tablespaces: readonly string[]): Promise<void> {
  for (const space of tablespaces)
    await source.query(`
      CREATE TABLE kept_${space} (who text, id int) TABLESPACE ${space};
      CREATE INDEX ON kept_${space} (id) TABLESPACE ${space};
      CREATE TABLE doomed_${space} TABLESPACE ${space} AS SELECT generate_series(1, 500) AS id;
      INSERT INTO kept_${space} SELECT 'both', id FROM generate_series(1, 1000) id`)
}

/** All that can reach another server's files by a wrong link: new, dropped and rewritten files in each tablespace, WAL. */
async function work(server: Server, who: string, tablespaces: readonly string[]): Promise<void> {
  for (const space of tablespaces)
    await query(
      server,
      `INSERT INTO kept_${space} SELECT '${who}', id FROM generate_series(1001, 1500) id;
       DROP TABLE IF EXISTS doomed_${space};
       CREATE TABLE made_by_${who}_${space} TABLESPACE ${space} AS SELECT generate_series(1, 500) AS id`,
    )
  await query(server, 'SELECT pg_switch_wal()')
  await query(server, 'CHECKPOINT')
  for (const space of tablespaces) {
    await query(server, `VACUUM FULL kept_${space}`)
    await query(server, `INSERT INTO kept_${space} SELECT '${who}', id FROM generate_series(1501, 2000) id`)
  }
  await query(server, 'SELECT pg_switch_wal()')
}

async function expectOwnWork(server: Server, who: string, tablespaces: readonly string[]): Promise<void> {
  for (const space of tablespaces) {
    expect(await query(server, `SELECT who, count(*)::int FROM kept_${space} GROUP BY who ORDER BY who`)).toEqual(
      [
        { who: 'both', count: 1000 },
        { who, count: 1000 },
      ].sort((one, other) => (one.who < other.who ? -1 : 1)),
    )
    const tables = `SELECT relname FROM pg_class WHERE relname LIKE 'made_by_%_${space}' OR relname = 'doomed_${space}'`
    expect(await query(server, tables)).toEqual([{ relname: `made_by_${who}_${space}` }])
    expect(await query(server, `SELECT count(*)::int FROM made_by_${who}_${space}`)).toEqual([{ count: 500 }])
  }
}

/**
 * Proves that a fork and its source have no file in common: what each of them does in every tablespace and in its WAL, and
 * the recovery after a crash amid of it, leaves every byte of the other one's files as it was.
 */
export async function expectSeparate(source: Cluster, fork: Fork, tablespaces: readonly string[]): Promise<void> {
  await source.stop()
  const sourceDirectories = await directoriesOf(source)
  const sourceFiles = await digestFiles(sourceDirectories)
  await work(fork, 'fork', tablespaces)
  await crashAndStart(fork)
  await expectOwnWork(fork, 'fork', tablespaces)
  expect(await changedFiles(sourceFiles, sourceDirectories)).toEqual([])

  await source.start()
  await fork.stop()
  const forkDirectories = await directoriesOf(fork)
  const forkFiles = await digestFiles(forkDirectories)
  await work(source, 'source', tablespaces)
  await source.crash()
  await source.start()
  await expectOwnWork(source, 'source', tablespaces)
  expect(await changedFiles(forkFiles, forkDirectories)).toEqual([])
  await fork.start()
  await expectOwnWork(fork, 'fork', tablespaces)
}

/** The data directory and all that its links lead to. */
async function directoriesOf({ dataDirectory }: Pick<Fork, 'dataDirectory'>): Promise<string[]> {
  const spaces = join(dataDirectory, 'pg_tblspc')
  const links = (await readdir(spaces)).map((oid) => join(spaces, oid))
  const targets = await Promise.all(
    [...links, join(dataDirectory, 'pg_wal')].map((link) => readlink(link).catch(() => [])),
  )
  return [dataDirectory, ...targets.flat()]
}
