import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { reachByPassfile } from '../elsewhere/reach-by-passfile.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { type Operation, type OperationOptions, startOperation, withoutSignal } from '../operation/operation.ts'
import { type ImportRecord, importStore } from '../records/import-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import type { ImportedDatabase } from './imported-database.ts'
import { inspectOrigin } from './inspect-origin.ts'
import { readerOf } from './lend-passfile.ts'
import { addGeneration } from './refresh.ts'
import { removeImport } from './remove-import.ts'

/** Each call looks at the record anew: another process may have refreshed it. */
export function importHandle(record: ImportRecord, options: OperationOptions): ImportedDatabase {
  const { name, directory, major } = record
  // A generation that is made can be given up by the signal; destroying must work after it has fired.
  const regardless = withoutSignal(options)
  return {
    ...{ kind: 'import', name, directory, major },
    async generations() {
      const { generations } = await importStore((await startOperation(options)).state).requireReady(record)
      return [...generations].reverse().map((generation) => ({
        number: generation.number,
        importedAt: new Date(generation.createdAt),
        dataDirectory: dataDirectoryOf(generation),
      }))
    },
    async refresh() {
      const operation = await startOperation(options)
      await operation.steps.guard(() =>
        withNameLock(operation, name, () => operation.steps.guard(() => refresh(operation, record))),
      )
    },
    async destroy() {
      const operation = await startOperation(regardless)
      await withNameLock(operation, name, () => removeImport(operation, record))
    },
    async locate() {
      const { generations, binDirectory, role } = await importStore((await startOperation(options)).state).requireReady(
        record,
      )
      const newest = generations.at(-1)
      if (newest === undefined) throw new PgforkError('IMPORT_NOT_READY', `The import ${name} has no generation.`)
      return { dataDirectory: dataDirectoryOf(newest), binDirectory, role }
    },
  }
}

async function refresh(operation: Operation, record: ImportRecord): Promise<void> {
  const { steps, state, sourceBounds, runner } = operation
  const current = await importStore(state).requireReady(record)
  const { from, passfile, databases, major, name } = current
  const origin = await steps.run('inspect', async () =>
    inspectOrigin(await reachByPassfile(from, passfile, readerOf(current), runner), sourceBounds, databases),
  )
  if (origin.major > major)
    throw new PgforkError(
      'VERSION_MISMATCH',
      `The server that ${name} is imported from has PostgreSQL ${origin.major} now, and ${name} is made with ${major}. Import it anew, and destroy this one.`,
      { facts: { name, major, found: origin.major } },
    )
  await addGeneration(operation, current, origin)
}
