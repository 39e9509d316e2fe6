import { expect, test } from 'vitest'
import type { WalRecord } from '../wal/wal-record.ts'
import { UnfinishedRemovals, unknownBegin } from './unfinished-removals.ts'

/** `XLOG_DBASE_CREATE_FILE_COPY` and `XLOG_DBASE_DROP` (dbcommands_xlog.h) of 15 and later. */
const [create, drop] = [0x00, 0x20]
const headerBytes = 24
const shortData = 255
const databaseResourceManager = 4

function ofDatabase(info: number, transaction: number): WalRecord {
  const buffer = Buffer.concat([Buffer.alloc(headerBytes), Buffer.from([shortData, 8]), Buffer.alloc(8)])
  const place = { location: 0, end: buffer.length, start: 0, length: buffer.length }
  return { ...place, resourceManager: databaseResourceManager, info, transaction, buffer }
}

test('H104: a directory that goes in a transaction of which all before is unknown is taken for a DROP DATABASE', () => {
  const removals = new UnfinishedRemovals(18, undefined)
  expect(removals.visit(ofDatabase(drop, 700), 96, undefined)).toBe(unknownBegin)
  expect(removals.begin).toBe(unknownBegin)
})

test('H104: not in one that was seen to make a database, and removes it again', () => {
  const removals = new UnfinishedRemovals(18, undefined)
  expect(removals.visit(ofDatabase(create, 700), 64, undefined)).toBeUndefined()
  expect(removals.visit(ofDatabase(drop, 700), 96, undefined)).toBeUndefined()
  expect(removals.begin).toBeUndefined()
  // Another one's is.
  expect(removals.visit(ofDatabase(drop, 701), 128, undefined)).toBe(unknownBegin)
})
