import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { type ImportRecord, importStore } from '../records/import-record.ts'
import type { ForkStatus } from '../records/transitions.ts'

/** What `listImports` says about an import. */
export interface ImportSummary {
  readonly name: string
  /** `creating` and `removing`: it is being done, failed, or was interrupted. */
  readonly status: Exclude<ForkStatus, 'resetting'>
  readonly createdAt: Date
  readonly from: { readonly host: string; readonly port: number; readonly user: string }
  readonly major: number
  readonly directory: string
  /** Undefined: all. */
  readonly databases: readonly string[] | undefined
  readonly keep: number
  readonly generations: number
  /** Of the newest generation, as its data directory below. */
  readonly importedAt: Date | undefined
  readonly dataDirectory: string | undefined
}

/** All imports of this state directory, oldest first. `onWarning` is told of a record that can't be read; it is left out. */
export async function listImports(options: OperationOptions = {}): Promise<ImportSummary[]> {
  checkOptions('listImports', options, operationShape)
  const { state, warn } = await startOperation(options)
  return (await importStore(state).list(warn)).map(summaryOf)
}

function summaryOf({
  name,
  status,
  major,
  directory,
  databases,
  keep,
  generations,
  ...record
}: ImportRecord): ImportSummary {
  const { host, port, user } = record.from
  const newest = generations.at(-1)
  return {
    ...{ name, status, major, directory, databases, keep, generations: generations.length },
    createdAt: new Date(record.createdAt),
    from: { host, port, user },
    importedAt: newest && new Date(newest.createdAt),
    dataDirectory: newest && dataDirectoryOf(newest),
  }
}
