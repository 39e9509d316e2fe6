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
  /** One collector has one object for each relation. */
  readonly files: readonly FileChanges[]
  /** Relations were dropped: rows of `pg_class` were deleted. */
  readonly hasDropped: boolean
  /** Relations got new files. */
  readonly hasNewFiles: boolean
}

interface OpenTransaction {
  readonly files: Map<RelationFile, FileChanges>
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
  readonly #known = new KnownFiles()

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
    changesOf(this.#transaction(record.transaction).files, this.#known.the(relation))[kind] += rows
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
    return {
      end,
      location,
      files: sumOf(parts),
      hasDropped: parts.some(({ hasDropped }) => hasDropped),
      hasNewFiles: parts.some(({ hasNewFiles }) => hasNewFiles),
    }
  }

  #transaction(number: number): OpenTransaction {
    const known = this.#open.get(number)
    if (known !== undefined) return known
    const begun = { files: new Map<RelationFile, FileChanges>(), hasDropped: false, hasNewFiles: false }
    this.#open.set(number, begun)
    return begun
  }
}

/** Of a transaction and its subtransactions. */
function sumOf(parts: readonly OpenTransaction[]): readonly FileChanges[] {
  const [only, ...others] = parts
  if (only === undefined || others.length === 0) return [...(only?.files.values() ?? [])]
  const files = new Map<RelationFile, FileChanges>()
  for (const { relation, inserted, updated, deleted } of parts.flatMap((part) => [...part.files.values()])) {
    const sum = changesOf(files, relation)
    sum.inserted += inserted
    sum.updated += updated
    sum.deleted += deleted
  }
  return [...files.values()]
}

function changesOf(files: Map<RelationFile, FileChanges>, relation: RelationFile): FileChanges {
  const known = files.get(relation)
  if (known !== undefined) return known
  const begun = { relation, inserted: 0, updated: 0, deleted: 0 }
  files.set(relation, begun)
  return begun
}

/** One object for all mentions of a file, so that it is found without putting its numbers together. */
class KnownFiles {
  readonly #byFile = new Map<number, RelationFile[]>()

  the(relation: RelationFile): RelationFile {
    const sameNumber = this.#byFile.get(relation.file)
    if (sameNumber === undefined) {
      this.#byFile.set(relation.file, [relation])
      return relation
    }
    for (const known of sameNumber)
      if (known.database === relation.database && known.tablespace === relation.tablespace) return known
    sameNumber.push(relation)
    return relation
  }
}
