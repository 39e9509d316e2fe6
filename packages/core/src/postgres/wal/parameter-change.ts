import type { WalRecord } from './read-records.ts'
import { layOut } from './record-layout.ts'

/** `RM_XLOG_ID` and `XLOG_PARAMETER_CHANGE` (pg_control.h), the same from 10 to 18. */
const xlogResourceManager = 0
const parameterChangeOperation = 0x60

/** Whether `wal_level` was lowered to `minimal` (`xl_parameter_change`, to which 12 added `max_wal_senders`). */
export function isChangeToMinimal(record: WalRecord, major: number): boolean {
  if (record.resourceManager !== xlogResourceManager || (record.info & 0xf0) !== parameterChangeOperation) return false
  const { mainData } = layOut(record, major)
  return record.buffer.readInt32LE(mainData + (major >= 12 ? 20 : 16)) === 0
}
