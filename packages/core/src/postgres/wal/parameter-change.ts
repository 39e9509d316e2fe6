import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** `RM_XLOG_ID` and `XLOG_PARAMETER_CHANGE` (pg_control.h), the same from 10 to 18. */
const xlogResourceManager = 0
const parameterChangeOperation = 0x60

export interface ParameterChange {
  readonly isMinimal: boolean
  readonly maxPreparedTransactions: number
  readonly tracksCommitTimestamps: boolean
}

/** What a server wrote down when it was started with other settings (`xl_parameter_change`, to which 12 added `max_wal_senders`). */
export function readParameterChange(record: WalRecord, major: number): ParameterChange | undefined {
  if (record.resourceManager !== xlogResourceManager || (record.info & 0xf0) !== parameterChangeOperation)
    return undefined
  const { buffer } = record
  const { mainData } = layOut(record, major)
  const afterSenders = mainData + (major >= 12 ? 12 : 8)
  return {
    maxPreparedTransactions: buffer.readInt32LE(afterSenders),
    // `max_locks_per_transaction` lies in between; behind it `wal_log_hints`.
    isMinimal: buffer.readInt32LE(afterSenders + 8) === 0,
    tracksCommitTimestamps: buffer[afterSenders + 13] === 1,
  }
}
