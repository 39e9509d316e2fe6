/** Runs tests one after another, each with a database of its own: suite-worker.ts REQUEST */
import { join } from 'node:path'
import process from 'node:process'
import { btrfs } from '@pgfork/driver-btrfs'
import { createDatabases } from '@pgfork/testing'
import pg from 'pg'

export interface SuiteRequest {
  /** A server for each test, or a database on the same server. */
  readonly way: 'server' | 'database'
  readonly path: string
  readonly binDirectory: string
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  readonly tests: number
}

const { way, path, binDirectory, connection, tests } = JSON.parse(process.argv[2] ?? '{}') as SuiteRequest

async function test(db: pg.Client): Promise<void> {
  await db.query('begin')
  await db.query("insert into users (name) select 'new ' || id from generate_series(1, 100) id")
  await db.query('commit')
  const { rows } = await db.query('select count(*)::int as count from users')
  if (rows[0].count !== 1100) throw new Error(`${rows[0].count} users`)
}

async function runOnServers(): Promise<void> {
  await using databases = createDatabases({
    key: 'bench',
    source: join(path, 'stopped'),
    binDirectory,
    database: 'app',
    stateDirectory: join(path, 'state'),
    driver: btrfs(),
  })
  const run = databases.with(({ db }) => test(db))
  for (let index = 0; index < tests; index++) await run()
}

async function runOnDatabases(): Promise<void> {
  const admin = new pg.Client(connection)
  await admin.connect()
  for (let index = 0; index < tests; index++) {
    const database = `test_${process.pid}_${index}`
    await admin.query(`create database ${database} template app`)
    const client = new pg.Client({ ...connection, database })
    await client.connect()
    await test(client)
    await client.end()
    await admin.query(`drop database ${database}`)
  }
  await admin.end()
}

await (way === 'server' ? runOnServers() : runOnDatabases())
