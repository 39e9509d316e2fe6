import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Directory } from '../../files/directory.ts'
import { crc32c } from '../files/crc32c.ts'
import { formatSegmentName } from '../files/location.ts'
import { readParameterChange } from './parameter-change.ts'
import { PreparedTransactions } from './prepared-transactions.ts'
import { readRecords } from './read-records.ts'
import { readRestorePoint } from './restore-point.ts'
import { SegmentFiles } from './segment-files.ts'
import { readTablespaceCreation } from './tablespace-creation.ts'
import { formatTimestamp } from './timestamps.ts'
import { ChangeCollector } from './transaction-changes.ts'
import { readTransactionEnd } from './transaction-end.ts'
import type { WalRecord } from './wal-record.ts'

const segmentBytes = 256 * 1024
/** Each holds one segment. */
const seeds = 8
const pageBytes = 8192
const headerBytes = 24

let path: string

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'pgfork-forged-'))
  for (let number = 1; number <= seeds; number++)
    await writeFile(
      join(path, formatSegmentName({ timeline: 1, number }, segmentBytes)),
      forge(number, numbersFrom(number)),
    )
})

afterAll(() => rm(path, { recursive: true }))

/** The same at every run (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A segment full of records with right checksums and links whose contents are random. */
function forge(number: number, random: () => number): Buffer {
  const segment = Buffer.alloc(segmentBytes)
  const start = number * segmentBytes
  let last = 0
  const upTo = (most: number): number => Math.floor(random() * most)
  for (let page = 0; page < segmentBytes; page += pageBytes) {
    const isLong = page === 0
    segment.writeUInt16LE(isLong ? 2 : 0, page + 2)
    segment.writeUInt32LE(1, page + 4)
    segment.writeBigUInt64LE(BigInt(start + page), page + 8)
    if (isLong) {
      segment.writeUInt32LE(segmentBytes, page + 32)
      segment.writeUInt32LE(pageBytes, page + 36)
    }
    let at = page + (isLong ? 40 : 24)
    while (page + pageBytes - at > 400) {
      const length = headerBytes + upTo(300)
      for (let index = 0; index < length; index++) segment[at + index] = upTo(256)
      segment.writeUInt32LE(length, at)
      segment.writeBigUInt64LE(BigInt(last), at + 8)
      // Those that are read: of transactions, the server itself, tablespaces, storage and rows.
      segment[at + 17] = [0, 1, 1, 2, 5, 9, 10][upTo(7)] ?? 0
      if (segment[at + 17] === 0 && ((segment[at + 16] ?? 0) & 0xf0) === 0x40) segment[at + 16] = 0x60
      // Most of them say where their data are, so that these are looked at.
      if (random() < 0.8 && length > headerBytes + 2) segment[at + headerBytes] = random() < 0.5 ? 255 : 254
      const body = segment.subarray(at + headerBytes, at + length)
      segment.writeUInt32LE(crc32c(Buffer.concat([body, segment.subarray(at, at + 20)])), at + 20)
      last = start + at
      at += Math.ceil(length / 8) * 8
    }
    // The rest of the page is a record as well: nothing goes over pages.
    const length = page + pageBytes - at
    segment.writeUInt32LE(length, at)
    segment.writeBigUInt64LE(BigInt(last), at + 8)
    segment[at + 17] = 255
    const body = segment.subarray(at + headerBytes, at + length)
    segment.writeUInt32LE(crc32c(Buffer.concat([body, segment.subarray(at, at + 20)])), at + 20)
    last = start + at
  }
  return segment
}

const readers: Readonly<Record<string, (major: number) => (record: WalRecord) => unknown>> = {
  'ends of transactions': (major) => (record) => {
    const end = readTransactionEnd(record, major)
    if (end !== undefined) formatTimestamp(end.time)
  },
  'changed rows': (major) => {
    const collector = new ChangeCollector(major)
    return (record) => void collector.visit(record)
  },
  'prepared transactions': (major) => {
    const prepared = new PreparedTransactions(major, [])
    return (record) => prepared.visit(record)
  },
  'restore points': (major) => (record) => void readRestorePoint(record, major),
  'changed settings': (major) => (record) => void readParameterChange(record, major),
  tablespaces: (major) => (record) => void readTablespaceCreation(record, major),
}

for (const [what, reader] of Object.entries(readers))
  test(`H79: what reads ${what} ends before a record that no server wrote`, async () => {
    const reasons = new Set<string>()
    using directory = Directory.open(path)
    await using segments = new SegmentFiles({ directories: [directory], segmentBytes, isOfHistory: () => true })
    for (let number = 1; number <= seeds; number++)
      for (const major of [10, 18]) {
        const start = number * segmentBytes + 40
        const until = (number + 1) * segmentBytes
        reasons.add((await readRecords({ segments, start, until, visit: reader(major) })).reason)
      }
    expect([...reasons]).toContain('malformed')
    expect([...reasons].filter((reason) => reason !== 'malformed' && reason !== 'until')).toEqual([])
  })
