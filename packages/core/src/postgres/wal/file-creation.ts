import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** `RM_SMGR_ID` (rmgrlist.h) and `XLOG_SMGR_CREATE` (storage_xlog.h), the same from 10 to 18. */
const storageResourceManager = 2
const createOperation = 0x10
/** Behind the numbers of tablespace, database and file (`xl_smgr_create`). */
const forkOffset = 12

/** Whether a relation gets a file of its own: when it is made, and when it is truncated or rewritten, which is done with a new one. */
export function isFileCreation(record: WalRecord, major: number): boolean {
  if (record.resourceManager !== storageResourceManager || (record.info & 0xf0) !== createOperation) return false
  const { mainData, mainDataBytes } = layOut(record, major)
  return mainDataBytes < forkOffset + 4 || record.buffer.readInt32LE(mainData + forkOffset) === 0
}
