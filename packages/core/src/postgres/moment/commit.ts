import { formatLocation } from '../files/location.ts'
import { formatTimestamp } from '../wal/timestamps.ts'
import type { TransactionEnd } from '../wal/transaction-end.ts'

/** A commit, as its record in the WAL tells it. */
export interface Commit {
  readonly transaction: number
  /** Of the source's clock, in ISO 8601 with microseconds. */
  readonly time: string
  /** Where its record begins. */
  readonly location: string
}

/** The end of a committed transaction, and where its record begins. */
export interface CommitRecord {
  readonly end: TransactionEnd
  readonly location: number
}

export const commitOf = (record: CommitRecord | undefined): Commit | undefined =>
  record && {
    transaction: record.end.transaction,
    time: formatTimestamp(record.end.time),
    location: formatLocation(record.location),
  }
