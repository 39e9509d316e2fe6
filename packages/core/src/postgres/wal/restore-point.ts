import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

export interface RestorePoint {
  readonly name: string
  /** In microseconds since 2000-01-01 UTC. */
  readonly time: bigint
}

/** `RM_XLOG_ID` and `XLOG_RESTORE_POINT` (pg_control.h), the same from 10 to 18. */
const xlogResourceManager = 0
const restorePointOperation = 0x70
const nameBytes = 64

/** What `pg_create_restore_point` wrote; undefined for any other record. */
export function readRestorePoint(record: WalRecord, major: number): RestorePoint | undefined {
  if (record.resourceManager !== xlogResourceManager || (record.info & 0xf0) !== restorePointOperation) return undefined
  const { buffer } = record
  const { mainData } = layOut(record, major)
  const name = buffer.subarray(mainData + 8, mainData + 8 + nameBytes)
  const length = name.indexOf(0)
  return {
    time: buffer.readBigInt64LE(mainData),
    name: name.subarray(0, length === -1 ? nameBytes : length).toString('utf8'),
  }
}
