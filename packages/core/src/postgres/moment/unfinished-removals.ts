import { isDatabaseCreation, isTablespaceRemoval, readDatabaseRemoval } from '../wal/file-removal.ts'
import { layOut } from '../wal/record-layout.ts'
import { isServerStart } from '../wal/server-start.ts'
import type { TransactionEnd } from '../wal/transaction-end.ts'
import { isOlder } from '../wal/transaction-order.ts'
import type { WalRecord } from '../wal/wal-record.ts'

/** `RM_HEAP_ID` (rmgrlist.h), `XLOG_HEAP_DELETE` and `XLOG_HEAP_INPLACE` (heapam_xlog.h), the same from 10 to 18. */
const heapResourceManager = 10
const operationMask = 0x70
const deleteOperation = 0x10
const inPlaceOperation = 0x70
/** Where the number of the row stands in a record's data: behind the transaction's in `xl_heap_delete`, first in `xl_heap_inplace`. */
const rowOffsets: Readonly<Record<number, number>> = { [deleteOperation]: 4, [inPlaceOperation]: 0 }
/** `GLOBALTABLESPACE_OID`, and the file of `pg_database` as initdb makes it. */
const globalTablespace = 1664
const databasesFile = 1262

/** Where something begins; before the first WAL that was read, if that doesn't tell. */
export const unknownBegin = -1

/**
 * What `DROP DATABASE` and `DROP TABLESPACE` remove before they are committed, and recovery removes it likewise: whoever stops right before their
 * commit has neither the one nor the other. `dropdb` in dbcommands.c marks the database as dropped in place, deletes its row, makes a
 * checkpoint, and removes the files, of which it writes a record; then it commits.
 */
export class UnfinishedRemovals {
  readonly #major: number
  readonly #next: number | undefined
  /** By transaction: the end of the record before its first one that counts. */
  readonly #begins = new Map<number, number>()
  /** Transactions that make a database, and remove its directory again if they fail. */
  readonly #making = new Set<number>()
  /** Transactions that deleted rows from tables of all databases. */
  readonly #deleting = new Set<number>()
  /** By the place of a row in a table of all databases: where it was last changed in place, which is done to `pg_database` alone. */
  readonly #inPlace = new Map<string, number>()

  /** @param next no transaction had this number yet, or a higher one, where the reading begins */
  constructor(major: number, next: number | undefined) {
    this.#major = major
    this.#next = next
  }

  /**
   * @param previousEnd where the record before ends
   * @returns where a removal began that this record tells of
   */
  visit(record: WalRecord, previousEnd: number, end: TransactionEnd | undefined): number | undefined {
    if (end !== undefined) this.#forget(end.transaction)
    // What a crash cut off doesn't end any more.
    else if (isServerStart(record)) this.#begins.clear()
    const begin = this.#beginOf(record, previousEnd)
    if (begin === undefined) return undefined
    const { transaction } = record
    const known = this.#begins.get(transaction)
    if (known !== undefined && known <= begin) return known
    // What was begun before all that was read stays so.
    this.#begins.set(transaction, begin)
    return begin
  }

  /** Where the first one began that hasn't ended. */
  get begin(): number | undefined {
    return this.#begins.size === 0 ? undefined : Math.min(...this.#begins.values())
  }

  #forget(transaction: number): void {
    this.#begins.delete(transaction)
    this.#making.delete(transaction)
    this.#deleting.delete(transaction)
  }

  #beginOf(record: WalRecord, previousEnd: number): number | undefined {
    const { transaction } = record
    if (record.resourceManager === heapResourceManager) return this.#deletedDatabase(record, previousEnd)
    // ALTER DATABASE .. SET TABLESPACE removes the old directory in a transaction without a number, after it was committed.
    if (transaction === 0 || this.#making.has(transaction)) return undefined
    if (isDatabaseCreation(record, this.#major)) this.#making.add(transaction)
    if (isTablespaceRemoval(record)) return previousEnd
    if (readDatabaseRemoval(record, this.#major) === undefined) return undefined
    // Whoever fails to make one may not have come to write that down, and deletes no row.
    if (this.#isKnown(transaction) && !this.#deleting.has(transaction)) return undefined
    return this.#begins.get(transaction) ?? unknownBegin
  }

  /** Whether all that a transaction did was read. */
  #isKnown(transaction: number): boolean {
    return this.#next !== undefined && !isOlder(transaction, this.#next)
  }

  /** The row's deletion, or where it was marked before. */
  #deletedDatabase(record: WalRecord, previousEnd: number): number | undefined {
    const operation = record.info & operationMask
    const rowOffset = rowOffsets[operation]
    if (rowOffset === undefined) return undefined
    const { buffer } = record
    const { relationAt, mainData } = layOut(record, this.#major)
    if (relationAt === undefined || buffer.readUInt32LE(relationAt) !== globalTablespace) return undefined
    const [file, block] = [buffer.readUInt32LE(relationAt + 8), buffer.readUInt32LE(relationAt + 12)]
    if (operation === deleteOperation) this.#deleting.add(record.transaction)
    const row = `${file}/${block}/${buffer.readUInt16LE(mainData + rowOffset)}`
    if (operation === inPlaceOperation) {
      this.#inPlace.set(row, previousEnd)
      return undefined
    }
    const marked = this.#inPlace.get(row)
    this.#inPlace.delete(row)
    if (marked !== undefined || file !== databasesFile) return marked
    // Until 11.21, 12.16, .. and 15.4 nothing was marked.
    return this.#next !== undefined && isOlder(record.transaction, this.#next) ? unknownBegin : previousEnd
  }
}
