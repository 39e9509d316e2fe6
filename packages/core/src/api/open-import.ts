import { PgforkError } from '../errors/pgfork-error.ts'
import { importHandle } from '../import/import-handle.ts'
import type { ImportedDatabase } from '../import/imported-database.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { importStore } from '../records/import-record.ts'
import { isUnfinished } from '../records/transitions.ts'

/**
 * Takes over an import that another process made. One whose removal failed can be opened to be destroyed.
 *
 * @throws PgforkError `IMPORT_NOT_FOUND`, `IMPORT_NOT_READY`
 */
export async function openImport(name: string, options: OperationOptions = {}): Promise<ImportedDatabase> {
  checkOptions('openImport', options, operationShape)
  const { state, later } = await startOperation(options)
  const record = await importStore(state).find(name)
  if (record === undefined)
    throw new PgforkError('IMPORT_NOT_FOUND', `There is no import named ${name} in ${state.path}.`, { facts: { name } })
  if (isUnfinished(record))
    throw new PgforkError(
      'IMPORT_NOT_READY',
      `The import ${name} is being made, or was never finished: collectGarbage() removes what an ended process has left.`,
      { facts: { name, status: record.status } },
    )
  return importHandle(record, later)
}
