import { isFileCreation } from './file-creation.ts'
import type { WalRecord } from './read-records.ts'
import type { RelationFile } from './record-layout.ts'
import { readRowChange } from './row-changes.ts'
import { readTransactionEnd, type TransactionEnd } from './transaction-end.ts'

/** How many rows of one file of a table a transaction changed. */
interface FileChanges extends Record<'inserted' | 'updated' | 'deleted', number> {
  readonly relation: RelationFile
}

/** What a committed transaction did to tables. */
export interface CommittedChanges {
  readonly end: TransactionEnd
  /** Where its commit begins. */
  readonly location: number
  readonly files: readonly FileChanges[]
  /** Relations were dropped: rows of `pg_class` were deleted. */
  readonly hasDropped: boolean
  /** Relations got new files. */
  readonly hasNewFiles: boolean
}

interface OpenTransaction {
  readonly files: Map<string, FileChanges>
  hasDropped: boolean
  hasNewFiles: boolean
}

/** Below it are the files of the system's own tables, as initdb makes them (`FirstNormalObjectId`). */
const firstFile = 16_384
const pgClassFile = 1259

/** Gathers what transactions change, record by record, until they end. What is rolled back, in part or as a whole, is forgotten. */
export class ChangeCollector {
  readonly #major: number
  readonly #open = new Map<number, OpenTransaction>()

  constructor(major: number) {
    this.#major = major
  }

  /** @returns what a transaction did, if this record is its commit */
  visit(record: WalRecord): CommittedChanges | undefined {
    const end = readTransactionEnd(record, this.#major)
    if (end !== undefined) return this.#end(end, record.location)
    if (record.transaction === 0) return undefined
    const change = readRowChange(record, this.#major)
    if (change === undefined) {
      if (isFileCreation(record, this.#major)) this.#transaction(record.transaction).hasNewFiles = true
      return undefined
    }
    const { relation, kind, rows } = change
    if (relation.file < firstFile) {
      if (relation.file === pgClassFile && kind === 'deleted') this.#transaction(record.transaction).hasDropped = true
      return undefined
    }
    fileOf(this.#transaction(record.transaction).files, relation)[kind] += rows
    return undefined
  }

  #end(end: TransactionEnd, location: number): CommittedChanges | undefined {
    const parts: OpenTransaction[] = []
    for (const number of [end.transaction, ...end.subtransactions]) {
      const part = this.#open.get(number)
      if (part !== undefined) parts.push(part)
      this.#open.delete(number)
    }
    if (end.kind === 'abort') return undefined
    const files = new Map<string, FileChanges>()
    for (const { relation, inserted, updated, deleted } of parts.flatMap((part) => [...part.files.values()])) {
      const sum = fileOf(files, relation)
      sum.inserted += inserted
      sum.updated += updated
      sum.deleted += deleted
    }
    return {
      end,
      location,
      files: [...files.values()],
      hasDropped: parts.some(({ hasDropped }) => hasDropped),
      hasNewFiles: parts.some(({ hasNewFiles }) => hasNewFiles),
    }
  }

  #transaction(number: number): OpenTransaction {
    const known = this.#open.get(number)
    if (known !== undefined) return known
    const begun = { files: new Map<string, FileChanges>(), hasDropped: false, hasNewFiles: false }
    this.#open.set(number, begun)
    return begun
  }
}

function fileOf(files: Map<string, FileChanges>, relation: RelationFile): FileChanges {
  const key = `${relation.tablespace}/${relation.database}/${relation.file}`
  const known = files.get(key)
  if (known !== undefined) return known
  const begun = { relation, inserted: 0, updated: 0, deleted: 0 }
  files.set(key, begun)
  return begun
}
