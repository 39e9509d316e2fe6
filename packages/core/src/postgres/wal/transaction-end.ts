import type { WalRecord } from './read-records.ts'
import { layOut, type RelationFile, readRelationFile } from './record-layout.ts'

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
const invalidationBytes = 16

/** Undefined for a record that ends no transaction (`ParseCommitRecord` in xactdesc.c). */
export function readTransactionEnd(record: WalRecord, major: number): TransactionEnd | undefined {
  if (record.resourceManager !== transactionResourceManager) return undefined
  const kind = operations[record.info & 0x70]
  if (kind === undefined) return undefined
  const { buffer } = record
  let at = layOut(record, major).mainData
  const time = buffer.readBigInt64LE(at)
  at += 8
  let { transaction } = record
  let database = 0
  const droppedFiles: RelationFile[] = []
  const subtransactions: number[] = []
  if ((record.info & hasInfo) !== 0) {
    const info = buffer.readUInt32LE(at)
    at += 4
    if ((info & parts.database) !== 0) {
      database = buffer.readUInt32LE(at)
      at += 8
    }
    if ((info & parts.subtransactions) !== 0) {
      const count = buffer.readUInt32LE(at)
      at += 4
      for (let index = 0; index < count; index++, at += 4) subtransactions.push(buffer.readUInt32LE(at))
    }
    if ((info & parts.files) !== 0) {
      const count = buffer.readUInt32LE(at)
      at += 4
      for (let index = 0; index < count; index++, at += 12) droppedFiles.push(readRelationFile(buffer, at))
    }
    if ((info & parts.statistics) !== 0) at += 4 + buffer.readUInt32LE(at) * (major >= 18 ? 16 : 12)
    if ((info & parts.invalidations) !== 0) at += 4 + buffer.readUInt32LE(at) * invalidationBytes
    // The record of a prepared transaction's end is written by another one.
    if ((info & parts.prepared) !== 0) transaction = buffer.readUInt32LE(at)
  }
  return { kind, transaction, time, database, droppedFiles, subtransactions }
}
