import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Directory } from '../../../packages/core/src/files/directory.ts'
import { crc32c } from '../../../packages/core/src/postgres/files/crc32c.ts'
import { formatSegmentName, parseLocation } from '../../../packages/core/src/postgres/files/location.ts'
import { readRecords } from '../../../packages/core/src/postgres/wal/read-records.ts'
import { layOut } from '../../../packages/core/src/postgres/wal/record-layout.ts'
import { SegmentFiles } from '../../../packages/core/src/postgres/wal/segment-files.ts'
import { readTransactionEnd } from '../../../packages/core/src/postgres/wal/transaction-end.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { archive, eventsIn, snapshotOf, upTo, write, writeMany } from './describe-moments.ts'

const segmentBytes = 16 * 1024 * 1024
const hourMicroseconds = 3_600_000_000n

await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off' } }, (bench) => {
  test('H79: a clock that was set back: the first commit after the moment ends it', async () => {
    const { source } = bench
    const major = Number(source.version)
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await write(source, 1)
    await using snapshot = await snapshotOf(bench, 'clock')
    const written = await writeMany(source, 2, 4)
    const folder = await makeWorkFolder('wal')
    await archive(source, folder)
    await source.stop()
    await rename(source.dataDirectory, `${source.dataDirectory}.gone`)
    try {
      // As if the clock had been an hour ahead when the fourth was committed.
      await setClock(folder, written[0]?.before.location ?? '', written[2]?.transaction ?? '', major)

      const fork = (at: string) => bench.fork({ source: snapshot, at, wal: folder })
      await using before = await fork(written[1]?.after.time ?? '')
      expect(await eventsIn(before)).toEqual(upTo(3))
      // By its time the fifth is in, but it stands behind the fourth.
      await using between = await fork(written[3]?.after.time ?? '')
      expect(await eventsIn(between)).toEqual(upTo(3))
      expect(between.moment?.firstExcluded?.transaction).toBe(Number(written[2]?.transaction))
      await using whole = await fork(written[3]?.after.location ?? '')
      expect(await eventsIn(whole)).toEqual(upTo(5))
    } finally {
      await rename(`${source.dataDirectory}.gone`, source.dataDirectory)
      await rm(folder, { recursive: true })
    }
  })
})

/** Puts the time of a commit forward, in an archive. */
async function setClock(folder: string, start: string, transaction: string, major: number): Promise<void> {
  using directory = Directory.open(folder)
  await using segments = new SegmentFiles({ directories: [directory], segmentBytes, isOfHistory: () => true })
  let found: { readonly location: number; readonly bytes: Buffer } | undefined
  await readRecords({
    segments,
    start: parseLocation(start),
    visit(record) {
      const end = readTransactionEnd(record, major)
      if (end?.transaction !== Number(transaction)) return true
      const bytes = Buffer.from(record.buffer.subarray(record.start, record.start + record.length))
      bytes.writeBigInt64LE(end.time + hourMicroseconds, layOut(record, major).mainData - record.start)
      bytes.writeUInt32LE(crc32c(Buffer.concat([bytes.subarray(24), bytes.subarray(0, 20)])), 20)
      found = { location: record.location, bytes }
      return false
    },
  })
  if (found === undefined) throw new Error(`the commit of ${transaction} isn't there`)
  const { location, bytes } = found
  const number = Math.floor(location / segmentBytes)
  const path = join(folder, formatSegmentName({ timeline: 1, number }, segmentBytes))
  const segment = await readFile(path)
  bytes.copy(segment, location % segmentBytes)
  await writeFile(path, segment)
}
