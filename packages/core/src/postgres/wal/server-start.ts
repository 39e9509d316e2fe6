import type { WalRecord } from './wal-record.ts'

/** `RM_XLOG_ID`, `XLOG_CHECKPOINT_SHUTDOWN` and `XLOG_END_OF_RECOVERY` (pg_control.h), the same from 10 to 18. */
const xlogResourceManager = 0
const operations: readonly number[] = [0x00, 0x90]

/** Whether no transaction goes on beyond a record: a server stopped, or has recovered from a crash. */
export const isServerStart = ({ resourceManager, info }: WalRecord): boolean =>
  resourceManager === xlogResourceManager && operations.includes(info & 0xf0)
