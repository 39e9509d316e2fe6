import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Directory } from '../../../packages/core/src/files/directory.ts'
import { findRecord } from '../../../packages/core/src/postgres/files/find-record.ts'
import { parseLocation } from '../../../packages/core/src/postgres/files/location.ts'
import { type Cluster, createCluster, findVersionWith } from '../../support/cluster/index.ts'
import { showOnFailure } from '../../support/evidence/index.ts'
import { createFolder, type TestFolder } from '../../support/storage/index.ts'

/** The smallest, so that there are many. */
const segmentBytes = 1024 * 1024

/** `RmgrId` of what pg_waldump calls by name (rmgrlist.h). */
const resourceManagers = ['XLOG', 'Transaction', 'Storage', 'CLOG', 'Database', 'Tablespace', 'MultiXact']

describe('H1: the WAL as recovery will read it', () => {
  let folder: TestFolder
  let source: Cluster

  beforeAll(async () => {
    folder = await createFolder()
    source = await createCluster({
      directory: join(folder.path, 'source'),
      version: await findVersionWith('pg_waldump'),
      initdbOptions: ['--wal-segsize=1'],
      // As quiet as a server can be: its WAL is read while it runs.
      settings: { autovacuum: 'off', wal_keep_size: '1GB', wal_level: 'logical', checkpoint_timeout: '1h' },
    })
  })
  beforeEach(() => showOnFailure(source))
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  const walDirectory = () => join(source.dataDirectory, 'pg_wal')

  async function position(): Promise<string> {
    const rows = await source.query<{ position: string }>('SELECT pg_current_wal_insert_lsn()::text AS position')
    return rows[0]?.position ?? ''
  }

  /** All records, after this library and PostgreSQL's tool have seen the same ones. */
  async function compare(start: string): Promise<{ resourceManager: number; operation: number }[]> {
    const ours: { resourceManager: number; operation: number }[] = []
    using wal = Directory.open(walDirectory())
    const found = { wal, segmentBytes, newestTimeline: 1, start: parseLocation(start) }
    await findRecord({
      ...found,
      isWanted: (resourceManager, operation) => ours.push({ resourceManager, operation }) === 0,
    })
    const theirs = await dump(start)
    expect(ours.length).toBe(theirs.length)
    const known = theirs.map(({ name }, index) => [name, resourceManagers[ours[index]?.resourceManager ?? -1] ?? name])
    expect(known.filter(([name, other]) => name !== other)).toEqual([])
    let count = 0
    const last = await findRecord({ ...found, isWanted: () => ++count === ours.length })
    expect(parseLocation(theirs.at(-1)?.location ?? '')).toBe(last?.location)
    return ours
  }

  async function dump(start: string): Promise<{ name: string; location: string }[]> {
    const words = ['--path', walDirectory(), '--timeline', '1', '--start', start]
    // Where the WAL ends, it fails.
    const { stdout } = await execa(join(source.binDirectory, 'pg_waldump'), words, { reject: false })
    return [...stdout.matchAll(/^rmgr: (\w+) .* lsn: ([0-9A-F]+\/[0-9A-F]+), /gm)].map(([, name, location]) => ({
      name: name ?? '',
      location: location ?? '',
    }))
  }

  test('records within and across pages and segments, and what a switch leaves empty', async () => {
    const start = await position()
    await source.query('CREATE TABLE many (id int, content text)')
    await source.query(`INSERT INTO many SELECT id, repeat('x', id % 300) FROM generate_series(1, 20000) id`)
    await source.query(`SELECT pg_logical_emit_message(true, 'big', repeat('y', 3000000))`)
    await source.query('SELECT pg_switch_wal()')
    for (let size = 1; size < 9000; size += 97)
      await source.query(`SELECT pg_logical_emit_message(true, 'size', repeat('z', ${size}))`)
    await source.query('SELECT pg_switch_wal()')
    await source.query('CREATE INDEX ON many (id)')
    expect((await compare(start)).length).toBeGreaterThan(20_000)
  })

  test('a record that a crash cut off, and what the server wrote after it', async () => {
    const start = await position()
    await source.query(`SELECT pg_logical_emit_message(true, 'whole', 'one')`)
    const cut = parseLocation(await position())
    await source.query(`SELECT pg_logical_emit_message(true, 'cut off', repeat('y', 50000))`)
    await source.crash()
    await eraseWal(cut + 20_000)
    await source.start()
    await source.query(`SELECT pg_logical_emit_message(true, 'whole', 'two')`)
    // XLOG_OVERWRITE_CONTRECORD, by which the server tells where it went on.
    expect(await compare(start)).toContainEqual({ resourceManager: 0, operation: 0xd0 })
  })

  /** As if it had not reached the disk from a location on. */
  async function eraseWal(from: number): Promise<void> {
    const number = Math.floor(from / segmentBytes)
    const name = `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`
    const file = await open(join(walDirectory(), name), 'r+')
    try {
      const inSegment = from % segmentBytes
      await file.write(Buffer.alloc(segmentBytes - inSegment), 0, segmentBytes - inSegment, inSegment)
    } finally {
      await file.close()
    }
  }
})
