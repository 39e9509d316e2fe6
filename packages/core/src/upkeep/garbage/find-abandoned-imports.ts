import { removeImport, removeLeftGenerations } from '../../import/remove-import.ts'
import type { Operation } from '../../operation/operation.ts'
import { importStore } from '../../records/import-record.ts'
import { isReady } from '../../records/transitions.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded, recordedIn } from './under-lock.ts'
import { whyUnfinished } from './why-unfinished.ts'

const reasons = {
  retired: 'it has generations that are not kept any longer',
  next: 'left a generation of it half made',
}

/** Imports that were never finished or are half removed, and generations that an ended process was making. */
export const findAbandonedImports: Finder = async (operation, rules) => {
  const names = await importStore(operation.state).names()
  return findRecorded(operation, 'import', names, (name) => findImport(operation, name, rules))
}

export const findImport = (operation: Operation, name: string, rules: FinderRules): Promise<Recorded | undefined> =>
  recordedIn(
    importStore(operation.state),
    name,
    (record) => whyUnfinished(operation, record, rules, reasons),
    async (record) => {
      if (isReady(record)) await removeLeftGenerations(operation, record)
      else await removeImport(operation, record)
    },
  )
