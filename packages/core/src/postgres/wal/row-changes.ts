import { layOut } from './record-layout.ts'
import type { WalRecord } from './wal-record.ts'

/** One object serves all records: it is read before the next one. */
export interface RowChange {
  readonly kind: 'inserted' | 'updated' | 'deleted'
  readonly rows: number
  /** Where the relation's numbers stand in the record's buffer. */
  readonly relationAt: number
}

const change: { -readonly [Part in keyof RowChange]: RowChange[Part] } = { kind: 'inserted', rows: 0, relationAt: 0 }

function changeOf(kind: RowChange['kind'], rows: number, relationAt: number | undefined): RowChange | undefined {
  if (relationAt === undefined) return undefined
  change.kind = kind
  change.rows = rows
  change.relationAt = relationAt
  return change
}

/** `RM_HEAP2_ID`, `RM_HEAP_ID` (rmgrlist.h) and `XLOG_HEAP_*` (heapam_xlog.h), the same from 10 to 18. */
const heap2ResourceManager = 9
const heapResourceManager = 10
const operationMask = 0x70
const kinds: Readonly<Record<number, RowChange['kind']>> = {
  0: 'inserted',
  16: 'deleted',
  32: 'updated',
  64: 'updated',
}
/** `xl_heap_delete`, whose flags come last, and `XLH_DELETE_IS_SUPER`. */
const deleteFlagsOffset = 7
const isTakenBack = 0x08
const multipleInsert = 0x50
/** `xl_heap_multi_insert`: one byte of flags, one that is left out, then the count. */
const countOffset = 2

/** Which rows of which table a record changes; undefined for one that changes none. */
export function readRowChange(record: WalRecord, major: number): RowChange | undefined {
  const operation = record.info & operationMask
  if (record.resourceManager === heapResourceManager) {
    const kind = kinds[operation]
    if (kind === undefined) return undefined
    const { relationAt, mainData } = layOut(record, major)
    // `INSERT .. ON CONFLICT` takes a row back that another transaction was sooner with.
    if (kind === 'deleted' && ((record.buffer[mainData + deleteFlagsOffset] as number) & isTakenBack) !== 0)
      return changeOf('inserted', -1, relationAt)
    return changeOf(kind, 1, relationAt)
  }
  if (record.resourceManager !== heap2ResourceManager || operation !== multipleInsert) return undefined
  const { relationAt, mainData } = layOut(record, major)
  return changeOf('inserted', record.buffer.readUInt16LE(mainData + countOffset), relationAt)
}
