import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** `RM_DBASE_ID` and `RM_TBLSPC_ID` (rmgrlist.h), the same from 10 to 18. */
const databaseResourceManager = 4
const tablespaceResourceManager = 5
/** `XLOG_DBASE_DROP` (dbcommands_xlog.h), before which 15 put another one. */
const databaseDropOf = (major: number): number => (major >= 15 ? 0x20 : 0x10)
/** `XLOG_TBLSPC_DROP` (tablespace.h). */
const tablespaceDrop = 0x10

/** Whether a record makes the directory of a database. */
export const isDatabaseCreation = ({ resourceManager, info }: WalRecord, major: number): boolean =>
  resourceManager === databaseResourceManager && (info & 0xf0) !== databaseDropOf(major)

/** The number of the database whose directory a record removes; undefined for other records. */
export function readDatabaseRemoval(record: WalRecord, major: number): number | undefined {
  const { resourceManager, info, buffer } = record
  if (resourceManager !== databaseResourceManager || (info & 0xf0) !== databaseDropOf(major)) return undefined
  return buffer.readUInt32LE(layOut(record, major).mainData)
}

/** Whether a record removes the directory of a tablespace. */
export const isTablespaceRemoval = ({ resourceManager, info }: WalRecord): boolean =>
  resourceManager === tablespaceResourceManager && (info & 0xf0) === tablespaceDrop
