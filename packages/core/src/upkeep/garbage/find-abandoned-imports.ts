import { removeImport, removeLeftGenerations } from '../../import/remove-import.ts'
import type { Operation } from '../../operation/operation.ts'
import { type ImportRecord, importStore } from '../../records/import-record.ts'
import { isReady, isRemoving } from '../../records/transitions.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded } from './under-lock.ts'
import { whyEnded } from './why-ended.ts'

/** Imports that were never finished or are half removed, and generations that an ended process was making. */
export const findAbandonedImports: Finder = async (operation, rules) => {
  const names = await importStore(operation.state).names()
  return findRecorded(operation, 'import', names, (name) => findImport(operation, name, rules))
}

export async function findImport(
  operation: Operation,
  name: string,
  rules: FinderRules,
): Promise<Recorded | undefined> {
  const store = importStore(operation.state)
  const record = await store.find(name)
  if (record === undefined) return undefined
  return {
    async look() {
      const current = await store.findSame(record)
      return current && reasonOf(operation, current, rules)
    },
    async remove() {
      const current = await store.findSame(record)
      if (current === undefined) return
      if (isReady(current)) await removeLeftGenerations(operation, current)
      else await removeImport(operation, current)
    },
  }
}

async function reasonOf(operation: Operation, record: ImportRecord, rules: FinderRules): Promise<string | undefined> {
  const { status, maker, next, retired } = record
  if (isRemoving(record)) return 'its removal failed or was cut off'
  if (!isReady(record)) {
    const ended = await whyEnded(operation, { maker, copies: [] }, rules)
    return ended && `${ended}, and left it ${status}`
  }
  if (next === undefined) return retired.length > 0 ? 'it has generations that are not kept any longer' : undefined
  const ended = await whyEnded(operation, { maker: next.maker, copies: [] }, rules)
  return ended && `${ended}, and left a generation of it half made`
}
