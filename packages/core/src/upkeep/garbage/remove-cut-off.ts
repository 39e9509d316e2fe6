import type { Operation } from '../../operation/operation.ts'
import { importStore } from '../../records/import-record.ts'
import { standbyStore } from '../../records/standby-record.ts'
import { isReady } from '../../records/transitions.ts'
import { findImport } from './find-abandoned-imports.ts'
import { findStandby } from './find-abandoned-standbys.ts'

/**
 * Removes a standby or an import of this name whose making an ended process never finished, so that it can be made again as if it had not been
 * begun. By whoever has the lock of that name. What was finished once stays.
 */
export async function removeCutOff(operation: Operation, name: string): Promise<void> {
  const { state } = operation
  const kinds = [
    { store: importStore(state), find: findImport },
    { store: standbyStore(state), find: findStandby },
  ]
  for (const { store, find } of kinds) {
    const record = await store.find(name)
    if (record === undefined || isReady(record)) continue
    const found = await find(operation, name, { onlyDead: true })
    if ((await found?.look()) !== undefined) await found?.remove()
  }
}
