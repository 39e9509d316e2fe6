/**
 * A record of WAL (`XLogRecord` in xlogrecord.h, the same from 10 to 18). One object serves all records of a reading: what shall last
 * longer than the call that it was given to is copied.
 */
export interface WalRecord {
  /** Where it begins. */
  location: number
  /** Where the next one begins. */
  end: number
  /** Its 32 bits of the transaction's number; 0 where it belongs to none. */
  transaction: number
  /** `RmgrId` (rmgrlist.h). */
  resourceManager: number
  /** What it does, as that part of the server counts, and flags. */
  info: number
  /** Bytes of the whole record, which stand in `buffer` from `start` on; of a large message only its header does. */
  length: number
  buffer: Buffer
  start: number
}

export const recordHeaderBytes = 24
/** No larger record can be written (`XLogRecordMaxSize` of 16 and later, `MaxAllocSize` before). */
export const mostRecordBytes = 1024 * 1024 * 1024
