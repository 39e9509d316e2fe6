import { isOfSystem, systemTables } from '../files/system-tables.ts'
import { isFileCreation } from './file-creation.ts'
import { readDatabaseRemoval } from './file-removal.ts'
import { type RelationFile, readRelationFile } from './record-layout.ts'
import { readRowChange } from './row-changes.ts'
import { readTransactionEnd, type TransactionEnd } from './transaction-end.ts'
import { isOlder } from './transaction-order.ts'
import type { WalRecord } from './wal-record.ts'

/** How many rows of one file of a table a transaction changed. */
interface FileChanges extends Record<'inserted' | 'updated' | 'deleted', number> {
  readonly relation: RelationFile
}

/** What a committed transaction did to tables. */
export interface CommittedChanges {
  readonly end: TransactionEnd
  /** Where its commit begins. */
  readonly location: number
  /** One collector has one object for each relation. */
  readonly files: readonly FileChanges[]
  /** Relations were dropped: rows of `pg_class` were deleted. */
  readonly hasDropped: boolean
  /** Relations got new files. */
  readonly hasNewFiles: boolean
  /** Number of a database that was dropped. */
  readonly droppedDatabase: number | undefined
  /** It began before what was read, or while too many were open, and may have changed more. */
  readonly isPartial: boolean
}

/** So many open transactions are remembered, subtransactions included. More come about if ends are missing, as after crashes. */
const mostOpen = 1_000_000

/** Of the numbers of a relation, which begin with its tablespace's. */
const databaseOffset = 4
const fileOffset = 8

const none: readonly never[] = []

/** Gathers what transactions change, record by record, until they end. What is rolled back, in part or as a whole, is forgotten. */
export class ChangeCollector {
  readonly #major: number
  /** Those that another one was told of after them: one that ends before that is never looked for. */
  readonly #open = new Map<number, OpenTransaction>()
  /** That which something was told of last, and is mostly meant again. */
  #last: OpenTransaction | undefined
  readonly #known = new KnownFiles()

  readonly #most: number
  /** No transaction that isn't known as a whole has this number, or a higher one. */
  #begin: number | undefined

  /**
   * @param begin no transaction had this number yet, or a higher one, where the reading begins
   * @param most so many open ones are remembered
   */
  constructor(major: number, begin?: number, most: number = mostOpen) {
    this.#major = major
    this.#begin = begin
    this.#most = most
  }

  /** @returns what a transaction did, if this record is its commit */
  visit(record: WalRecord): CommittedChanges | undefined {
    const end = readTransactionEnd(record, this.#major)
    if (end !== undefined) return this.#end(end, record.location)
    const { transaction, buffer } = record
    if (transaction === 0) return undefined
    const change = readRowChange(record, this.#major)
    if (change === undefined) {
      if (isFileCreation(record, this.#major)) this.#transaction(transaction).hasNewFiles = true
      const database = readDatabaseRemoval(record, this.#major)
      if (database !== undefined) this.#transaction(transaction).droppedDatabase = database
      return undefined
    }
    const { relationAt, kind, rows } = change
    const file = buffer.readUInt32LE(relationAt + fileOffset)
    // Tables of all databases are the system's, whatever files they have.
    if (buffer.readUInt32LE(relationAt + databaseOffset) === 0) return undefined
    if (isOfSystem(file)) {
      if (file === systemTables.pgClass && kind === 'deleted') this.#transaction(transaction).hasDropped = true
      return undefined
    }
    this.#transaction(transaction).of(this.#known.at(buffer, relationAt))[kind] += rows
    return undefined
  }

  #end(end: TransactionEnd, location: number): CommittedChanges | undefined {
    const { transaction, subtransactions, kind } = end
    const main = this.#take(transaction)
    const parts = subtransactions.length === 0 ? none : subtransactions.flatMap((number) => this.#take(number) ?? [])
    if (kind === 'abort') return undefined
    const whole = parts.length === 0 ? main : sumOf(transaction, main === undefined ? parts : [main, ...parts])
    const isPartial = this.#begin !== undefined && isOlder(transaction, this.#begin)
    if (whole === undefined) return { ...{ end, location, files: none, isPartial }, ...nothingElse }
    const { files, hasDropped, hasNewFiles, droppedDatabase } = whole
    return { end, location, files, hasDropped, hasNewFiles, droppedDatabase, isPartial }
  }

  #take(number: number): OpenTransaction | undefined {
    const found = this.#last?.number === number ? this.#last : this.#open.get(number)
    if (found === this.#last) this.#last = undefined
    if (found?.isListed) this.#open.delete(number)
    return found
  }

  #transaction(number: number): OpenTransaction {
    const last = this.#last
    if (last?.number === number) return last
    const found = this.#open.get(number) ?? new OpenTransaction(number)
    if (last?.isListed === false) {
      if (this.#open.size === this.#most) this.#forget(this.#open.keys().next().value as number)
      this.#open.set(last.number, last)
      last.isListed = true
    }
    this.#last = found
    return found
  }

  /** It belongs to a transaction of this number, or of a lower one. */
  #forget(number: number): void {
    this.#open.delete(number)
    if (this.#begin === undefined || !isOlder(number, this.#begin)) this.#begin = (number + 1) >>> 0
  }
}

const nothingElse = { hasDropped: false, hasNewFiles: false, droppedDatabase: undefined } as const

/** Few are found sooner by looking at each. */
const fewFiles = 8

class OpenTransaction {
  readonly number: number
  readonly files: FileChanges[] = []
  /** It is among those that are looked for. */
  isListed = false
  hasDropped = false
  hasNewFiles = false
  droppedDatabase: number | undefined
  #byRelation: Map<RelationFile, FileChanges> | undefined

  constructor(number: number) {
    this.number = number
  }

  of(relation: RelationFile): FileChanges {
    const known = this.#find(relation)
    if (known !== undefined) return known
    const begun = { relation, inserted: 0, updated: 0, deleted: 0 }
    this.files.push(begun)
    if (this.files.length > fewFiles) {
      this.#byRelation ??= new Map(this.files.map((changes) => [changes.relation, changes]))
      this.#byRelation.set(relation, begun)
    }
    return begun
  }

  #find(relation: RelationFile): FileChanges | undefined {
    if (this.#byRelation !== undefined) return this.#byRelation.get(relation)
    for (const changes of this.files) if (changes.relation === relation) return changes
    return undefined
  }
}

/** Of a transaction and its subtransactions. */
function sumOf(number: number, parts: readonly OpenTransaction[]): OpenTransaction {
  const whole = new OpenTransaction(number)
  for (const part of parts) {
    for (const { relation, inserted, updated, deleted } of part.files) {
      const sum = whole.of(relation)
      sum.inserted += inserted
      sum.updated += updated
      sum.deleted += deleted
    }
    whole.hasDropped ||= part.hasDropped
    whole.hasNewFiles ||= part.hasNewFiles
    whole.droppedDatabase ??= part.droppedDatabase
  }
  return whole
}

/** One object for all mentions of a file, so that it is found without putting its numbers together. */
class KnownFiles {
  readonly #byFile = new Map<number, RelationFile[]>()

  /** That whose numbers stand there. */
  at(buffer: Buffer, offset: number): RelationFile {
    const file = buffer.readUInt32LE(offset + fileOffset)
    const sameNumber = this.#byFile.get(file)
    if (sameNumber !== undefined) {
      const [tablespace, database] = [buffer.readUInt32LE(offset), buffer.readUInt32LE(offset + databaseOffset)]
      for (const known of sameNumber) if (known.database === database && known.tablespace === tablespace) return known
    }
    const relation = readRelationFile(buffer, offset)
    if (sameNumber === undefined) this.#byFile.set(file, [relation])
    else sameNumber.push(relation)
    return relation
  }
}
