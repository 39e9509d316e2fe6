import { layOut, type RelationFile, readRelationFile } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** Where a transaction ended, as its record says. */
export interface TransactionEnd {
  readonly kind: 'commit' | 'abort'
  readonly transaction: number
  /** Of the server's clock, in microseconds since 2000-01-01 UTC. */
  readonly time: bigint
  /** Number of the database; 0 where the record doesn't tell. */
  readonly database: number
  /** Of relations that were dropped, truncated or rewritten. */
  readonly droppedFiles: readonly RelationFile[]
  readonly subtransactions: readonly number[]
}

/** `RM_XACT_ID` (rmgrlist.h) and `XLOG_XACT_*` (xact.h), the same from 10 to 18. */
const transactionResourceManager = 1
const operations: Readonly<Record<number, 'commit' | 'abort'>> = { 0: 'commit', 32: 'abort', 48: 'commit', 64: 'abort' }
const hasInfo = 0x80
/** `XACT_XINFO_*`: which parts follow, in this order. */
const parts = {
  database: 1,
  subtransactions: 2,
  files: 4,
  invalidations: 8,
  prepared: 16,
  statistics: 256,
} as const
const relationFileBytes = 12

/** Most transactions have none. */
const none: readonly never[] = []
const invalidationBytes = 16

/**
 * Undefined for a record that ends no transaction (`ParseCommitRecord` in xactdesc.c).
 *
 * @throws RangeError for a record that no server wrote
 */
export function readTransactionEnd(record: WalRecord, major: number): TransactionEnd | undefined {
  if (record.resourceManager !== transactionResourceManager) return undefined
  const kind = operations[record.info & 0x70]
  if (kind === undefined) return undefined
  const { buffer } = record
  const end = record.start + record.length
  let at = layOut(record, major).mainData
  const time = buffer.readBigInt64LE(at)
  at += 8
  let { transaction } = record
  let database = 0
  let droppedFiles: readonly RelationFile[] = none
  let subtransactions: readonly number[] = none
  if ((record.info & hasInfo) !== 0) {
    const info = buffer.readUInt32LE(at)
    at += 4
    if ((info & parts.database) !== 0) {
      database = buffer.readUInt32LE(at)
      at += 8
    }
    if ((info & parts.subtransactions) !== 0) {
      const listEnd = endOfList(buffer, at, 4, end)
      const numbers: number[] = []
      for (at += 4; at < listEnd; at += 4) numbers.push(buffer.readUInt32LE(at))
      subtransactions = numbers
    }
    if ((info & parts.files) !== 0) {
      const listEnd = endOfList(buffer, at, relationFileBytes, end)
      const files: RelationFile[] = []
      for (at += 4; at < listEnd; at += relationFileBytes) files.push(readRelationFile(buffer, at))
      droppedFiles = files
    }
    if ((info & parts.statistics) !== 0) at = endOfList(buffer, at, major >= 18 ? 16 : 12, end)
    if ((info & parts.invalidations) !== 0) at = endOfList(buffer, at, invalidationBytes, end)
    // The record of a prepared transaction's end is written by another one.
    if ((info & parts.prepared) !== 0) transaction = buffer.readUInt32LE(at)
  }
  return { kind, transaction, time, database, droppedFiles, subtransactions }
}

const prepareOperation = 0x10

/** Whether a record is what `PREPARE TRANSACTION` leaves, which lasts as a commit does. */
export const isPreparation = ({ resourceManager, info }: WalRecord): boolean =>
  resourceManager === transactionResourceManager && (info & 0x70) === prepareOperation

/** A count, and so many parts behind it. */
function endOfList(buffer: Buffer, at: number, bytesEach: number, recordEnd: number): number {
  const end = at + 4 + buffer.readUInt32LE(at) * bytesEach
  if (end > recordEnd) throw new RangeError('what a record counts lies outside of it')
  return end
}
