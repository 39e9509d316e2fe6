import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { isPgforkError, listChanges, removeHistory, type TransactionChanges } from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, recordInTurn, write } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent(['18'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

for (const version of versions)
  await describeOn('btrfs', { version, settings: { autovacuum: 'off' } }, (bench) => {
    const request = () => ({ source: bench.source.dataDirectory, ...bench.options })

    /** With an event, a database and a snapshot of both. */
    async function makeShop(): Promise<void> {
      const { source } = bench
      await source.query('DROP TABLE IF EXISTS events; CREATE TABLE events (id int PRIMARY KEY)')
      await source.query('CREATE DATABASE shop')
      const shop = await source.client('shop')
      await shop.query('CREATE TABLE goods AS SELECT generate_series(1, 7) AS id')
      await shop.end()
      await source.query('CHECKPOINT')
      await recordInTurn(request())
    }

    afterEach(() => removeHistory(request()))

    async function expectShop(at: string | object, events: readonly number[]): Promise<void> {
      await using fork = await bench.fork({ at: at as string })
      expect(await eventsIn(fork)).toEqual(events)
      const shop = { connection: { ...fork.connection, database: 'shop' } }
      expect(await query(shop, 'SELECT count(*)::int AS goods FROM goods')).toEqual([{ goods: 7 }])
    }

    async function removalOf(database: string): Promise<TransactionChanges> {
      for await (const change of listChanges({ ...request(), atLeast: 1000 })) {
        if (change.droppedDatabase !== undefined) return change
      }
      throw new Error(`no removal of ${database} is told`)
    }

    async function checkpointer(): Promise<number> {
      const [found] = await bench.source.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
      )
      if (found === undefined) throw new Error('there is no checkpointer')
      return found.pid
    }

    /** Runs something while a DROP DATABASE waits for its checkpoint, with its row deleted and its files still there. */
    async function amidDrop<T>(action: () => Promise<T>): Promise<T> {
      const { source } = bench
      const pid = await checkpointer()
      process.kill(pid, 'SIGSTOP')
      let dropped: Promise<unknown> = Promise.resolve()
      try {
        dropped = source.query('DROP DATABASE shop')
        dropped.catch(() => undefined)
        const isDeleted = async () =>
          (await source.query("SELECT FROM pg_database WHERE datname = 'shop' AND xmax <> 0")).length > 0
        await waitUntil(isDeleted, { timeoutMs: 30_000, what: 'row that was being deleted' })
        return await action()
      } finally {
        process.kill(pid, 'SIGCONT')
        await dropped
      }
    }

    test(`H104, PostgreSQL ${version}: right before a DROP DATABASE, the database is there`, async () => {
      const { source } = bench
      await makeShop()
      const before = await write(source, 1)
      await source.query('DROP DATABASE shop')
      const after = await write(source, 2)
      const { transaction, location, droppedDatabase, removal } = await removalOf('shop')
      expect({ removal, name: droppedDatabase?.name }).toEqual({ removal: 'dropped', name: undefined })
      for (const at of [before.after.time, before.after.location, { before: transaction }, location])
        await expectShop(at, [1])
      for (const at of [{ after: transaction }, after.after.location]) {
        await using fork = await bench.fork({ at })
        expect(await query(fork, "SELECT FROM pg_database WHERE datname = 'shop'")).toEqual([])
      }
    })

    test(`H104, PostgreSQL ${version}: what was committed while a DROP DATABASE was under way is not given up for it`, async () => {
      const { source } = bench
      await makeShop()
      await write(source, 1)
      const amid = await amidDrop(() => write(source, 2))
      await write(source, 3)
      const { transaction } = await removalOf('shop')
      let nearest = ''
      for (const at of [amid.after.location, { after: amid.transaction }, { before: transaction }]) {
        const error = await bench.fork({ at }).then(
          () => new Error('a fork was made'),
          (refused: unknown) => refused,
        )
        if (!isPgforkError(error, 'MOMENT_NOT_COVERED')) throw error
        expect(error).toMatchObject({ hazard: 'H104', leftBehind: [] })
        nearest = (error.facts.nearestBefore as { location: string }).location
      }
      await expectShop(nearest, [1])
      await expectShop({ before: amid.transaction }, [1])
    })

    test(`H104, PostgreSQL ${version}: a snapshot that was taken in the middle of a DROP DATABASE is not the one to begin with`, async () => {
      const { source } = bench
      await makeShop()
      const before = await write(source, 1)
      await amidDrop(() => recordInTurn(request()))
      await write(source, 2)
      const { transaction, location } = await removalOf('shop')
      for (const at of [before.after.time, { before: transaction }, location]) await expectShop(at, [1])
    })

    test(`H104, PostgreSQL ${version}: a CREATE DATABASE that failed removes nothing that was there`, async () => {
      const { source } = bench
      await makeShop()
      const before = await write(source, 1)
      const [shop] = await source.query<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = 'shop'")
      const unreadable = join(source.dataDirectory, 'base', String(shop?.oid), 'unreadable')
      await writeFile(unreadable, '', { mode: 0 })
      // The new directory is there by then, and is removed before the transaction ends.
      const way = Number(version) >= 15 ? ' STRATEGY FILE_COPY' : ''
      await expect(source.query(`CREATE DATABASE late TEMPLATE shop${way}`)).rejects.toThrow(/unreadable/)
      await rm(unreadable)
      await write(source, 2)
      await expectShop(before.after.time, [1])
    })
  })
