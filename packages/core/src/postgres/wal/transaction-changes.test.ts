import { expect, test } from 'vitest'
import { ChangeCollector } from './transaction-changes.ts'
import type { WalRecord } from './wal-record.ts'

const heap = 10
const transactions = 1

/** With a row inserted into a table, or with a commit: what of it is read. */
function recordOf(transaction: number, resourceManager: number): WalRecord {
  const block = Buffer.alloc(20)
  for (const [index, number] of [1663, 5, 20_000].entries()) block.writeUInt32LE(number, 4 + 4 * index)
  const parts = [Buffer.alloc(24), ...(resourceManager === heap ? [block] : []), Buffer.from([255, 8]), Buffer.alloc(8)]
  const buffer = Buffer.concat(parts)
  const place = { location: 0, end: buffer.length, start: 0, length: buffer.length }
  return { ...place, transaction, resourceManager, info: 0, buffer }
}

test('H105: a transaction that was forgotten beside too many others is told as one that may have done more', () => {
  const collector = new ChangeCollector(17, 100, 3)
  for (let transaction = 101; transaction <= 110; transaction++) collector.visit(recordOf(transaction, heap))
  const ended = [101, 106, 107, 110].map((transaction) => collector.visit(recordOf(transaction, transactions)))
  expect(ended.map((committed) => [committed?.isPartial, committed?.files[0]?.inserted])).toEqual([
    [true, undefined],
    [true, undefined],
    [false, 1],
    [false, 1],
  ])
})
