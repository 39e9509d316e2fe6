import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Directory } from '../../../packages/core/src/files/directory.ts'
import { formatLocation, parseLocation } from '../../../packages/core/src/postgres/files/location.ts'
import { readRecords, type WalEnd } from '../../../packages/core/src/postgres/wal/read-records.ts'
import { readRestorePoint } from '../../../packages/core/src/postgres/wal/restore-point.ts'
import { readRowChange } from '../../../packages/core/src/postgres/wal/row-changes.ts'
import { SegmentFiles } from '../../../packages/core/src/postgres/wal/segment-files.ts'
import { formatTimestamp } from '../../../packages/core/src/postgres/wal/timestamps.ts'
import { readTransactionEnd } from '../../../packages/core/src/postgres/wal/transaction-end.ts'
import type { WalRecord } from '../../../packages/core/src/postgres/wal/wal-record.ts'
import { type Cluster, createCluster, findVersionWith } from '../../support/cluster/index.ts'
import { showOnFailure } from '../../support/evidence/index.ts'
import { createFolder, type TestFolder } from '../../support/storage/index.ts'

/** The smallest, so that there are many. */
const segmentBytes = 1024 * 1024

/** `RmgrId` of what pg_waldump calls by name (rmgrlist.h). */
const resourceManagers = ['XLOG', 'Transaction', 'Storage', 'CLOG', 'Database', 'Tablespace', 'MultiXact']

/** Of the first timeline. */
const nameOf = (number: number): string => `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`

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

  /** Where the WAL has come to, once all before it is in the files. Later a server writes of its own accord, too: which transactions run. */
  async function settled(): Promise<string> {
    const end = await position()
    await source.query(`SELECT pg_logical_emit_message(true, 'behind', '')`)
    return end
  }

  async function read(
    start: string,
    visit: Parameters<typeof readRecords>[0]['visit'],
    until?: string,
  ): Promise<WalEnd> {
    using wal = Directory.open(walDirectory())
    await using segments = new SegmentFiles({ directories: [wal], segmentBytes, isOfHistory: () => true })
    const limit = until === undefined ? {} : { until: parseLocation(until) }
    return await readRecords({ segments, start: parseLocation(start), ...limit, visit })
  }

  /** All records, after this library and PostgreSQL's tool have seen the same ones. */
  async function compare(start: string): Promise<{ resourceManager: number; operation: number }[]> {
    const ours: { resourceManager: number; operation: number }[] = []
    const until = await settled()
    const visit = ({ resourceManager, info }: WalRecord): void => {
      ours.push({ resourceManager, operation: info & 0xf0 })
    }
    const end = await read(start, visit, until)
    const theirs = await dump(start, until)
    expect(ours.length).toBe(theirs.length)
    const known = theirs.map(({ name }, index) => [name, resourceManagers[ours[index]?.resourceManager ?? -1] ?? name])
    expect(known.filter(([name, other]) => name !== other)).toEqual([])
    expect(end.last).toBe(parseLocation(theirs.at(-1)?.location ?? ''))
    return ours
  }

  async function dump(start: string, until: string): Promise<{ name: string; location: string }[]> {
    const words = ['--path', walDirectory(), '--timeline', '1', '--start', start, '--end', until]
    // Where a record was cut off, it says so.
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

  test('a record whose bytes have changed ends the reading, as it ends recovery', async () => {
    const start = await position()
    await source.query(`SELECT pg_logical_emit_message(true, 'whole', 'one')`)
    const spoilt = await position()
    await source.query(`SELECT pg_logical_emit_message(true, 'spoilt', repeat('s', 100))`)
    await source.query(`SELECT pg_logical_emit_message(true, 'whole', 'two')`)
    const [number, inSegment] = [Math.floor(parseLocation(spoilt) / segmentBytes), parseLocation(spoilt) % segmentBytes]
    const path = join(walDirectory(), nameOf(number))
    const whole = await readFile(path)
    const bytes = Buffer.from(whole)
    // In the content of the message, behind all headers.
    bytes.writeUInt8(bytes.readUInt8(inSegment + 100) ^ 1, inSegment + 100)
    await writeFile(path, bytes)
    const end = await read(start, () => undefined)
    expect([end.reason, formatLocation(end.location)]).toEqual(['wrong checksum', spoilt])
    await writeFile(path, whole)
    expect((await read(start, () => undefined)).reason).not.toBe('wrong checksum')
  })

  test('what records say: ends of transactions with their times and files, restore points, changed rows', async () => {
    const major = Number(source.version)
    await source.query('CREATE TABLE told (id int); CREATE TABLE dropped (id int)')
    const start = await position()
    await source.query('INSERT INTO told SELECT generate_series(1, 1000)')
    await source.query('UPDATE told SET id = -id WHERE id <= 30')
    await source.query('DELETE FROM told WHERE id > 990')
    const [file] = await source.query<{ file: number }>(
      `SELECT relfilenode AS file FROM pg_class WHERE relname = 'dropped'`,
    )
    await source.query('DROP TABLE dropped')
    await source.query(`SELECT pg_create_restore_point('here')`)
    const before = new Date()
    await source.query('BEGIN; INSERT INTO told VALUES (0); ROLLBACK; INSERT INTO told VALUES (0)')
    const ends: NonNullable<ReturnType<typeof readTransactionEnd>>[] = []
    const points: string[] = []
    const rows = { inserted: 0, updated: 0, deleted: 0 }
    const [told] = await source.query<{ file: number }>(
      `SELECT relfilenode AS file FROM pg_class WHERE relname = 'told'`,
    )
    await read(start, (record) => {
      const end = readTransactionEnd(record, major)
      if (end !== undefined) ends.push(end)
      const point = readRestorePoint(record, major)
      if (point !== undefined) points.push(point.name)
      const change = readRowChange(record, major)
      if (change !== undefined && record.buffer.readUInt32LE(change.relationAt + 8) === told?.file)
        rows[change.kind] += change.rows
    })
    expect(points).toEqual(['here'])
    expect(rows).toEqual({ inserted: 1002, updated: 30, deleted: 10 })
    expect(ends.slice(-2).map(({ kind }) => kind)).toEqual(['abort', 'commit'])
    expect(ends.flatMap(({ droppedFiles }) => droppedFiles.map((dropped) => dropped.file))).toEqual([file?.file])
    const written = Date.parse(formatTimestamp(ends.at(-1)?.time ?? 0n))
    expect(Math.abs(written - before.getTime())).toBeLessThan(10_000)
  })

  /** As if it had not reached the disk from a location on. */
  async function eraseWal(from: number): Promise<void> {
    const number = Math.floor(from / segmentBytes)
    const file = await open(join(walDirectory(), nameOf(number)), 'r+')
    try {
      const inSegment = from % segmentBytes
      await file.write(Buffer.alloc(segmentBytes - inSegment), 0, segmentBytes - inSegment, inSegment)
    } finally {
      await file.close()
    }
  }
})
