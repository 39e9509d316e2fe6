import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** `RM_TBLSPC_ID` (rmgrlist.h) and `XLOG_TBLSPC_CREATE` (tablespace.h), the same from 10 to 18. */
const tablespaceResourceManager = 5
const createOperation = 0x00

/** The path that a tablespace is made in (`xl_tblspc_create_rec`: an oid and the path, ended by a zero); undefined for other records. */
export function readTablespaceCreation(record: WalRecord, major: number): string | undefined {
  const { resourceManager, info, buffer } = record
  if (resourceManager !== tablespaceResourceManager || (info & 0xf0) !== createOperation) return undefined
  const { mainData, mainDataBytes } = layOut(record, major)
  return buffer
    .subarray(mainData + 4, mainData + mainDataBytes)
    .toString('utf8')
    .replace(/\0.*$/s, '')
}
