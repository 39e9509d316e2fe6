import type { Operation } from '../../operation/operation.ts'
import type { StatusRecord, StatusStore } from '../../records/status-store.ts'
import type { Removable } from './garbage.ts'
import { removeLostCopies } from './remove-lost-copies.ts'
import { removeUnderLock } from './under-lock.ts'

/** Those of these names whose record has no content any more. What they named in storage goes with them. */
export async function findEmptyRecords<R extends StatusRecord>(
  operation: Operation,
  store: StatusStore<R>,
  names: readonly string[],
): Promise<Removable[]> {
  const found: Removable[] = []
  for (const name of names) if (await store.isEmpty(name)) found.push(emptyRecord(operation, store, name))
  return found
}

function emptyRecord<R extends StatusRecord>(operation: Operation, store: StatusStore<R>, name: string): Removable {
  const reason = 'a power cut took its content'
  const look = async (): Promise<string | undefined> => ((await store.isEmpty(name)) ? reason : undefined)
  const remove = (): Promise<void> =>
    removeUnderLock(operation, name, look, async () => {
      await removeLostCopies(operation, name)
      await store.removeEmpty(name)
    })
  return { kind: 'record', name, reason, remove }
}
