import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { validateName } from '../../names/validate-name.ts'
import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { importStore } from '../../records/import-record.ts'
import { snapshotStore } from '../../records/snapshot-record.ts'
import { standbyStore } from '../../records/standby-record.ts'
import { oldMs } from './find-temporary-files.ts'
import type { Finder, Removable } from './garbage.ts'
import { removeUnderLock } from './under-lock.ts'

/** Locks of names without a record, which go with their holder unless he is killed. */
export const findLocks: Finder = async (operation) => {
  const { nameLocks } = operation.state
  const found: Removable[] = []
  for (const name of await readdir(nameLocks)) {
    const changed = await stat(join(nameLocks, name)).catch(() => undefined)
    if (changed === undefined || Date.now() - changed.ctimeMs < oldMs) continue
    const reason = await reasonOf(operation, name)
    if (reason === undefined) continue
    found.push({ kind: 'temporary file', name: join(nameLocks, name), reason, remove: () => remove(operation, name) })
  }
  return found
}

async function reasonOf({ state }: Operation, name: string): Promise<string | undefined> {
  if (!isName(name)) return 'its maker or remover never finished'
  const stores = [forkStore(state), snapshotStore(state), standbyStore(state), importStore(state)]
  const isRecorded = await Promise.all(stores.map((store) => store.exists(name)))
  return isRecorded.includes(true) ? undefined : 'it is the lock of what is gone'
}

/** Letting go removes a lock. */
const remove = (operation: Operation, name: string): Promise<void> =>
  isName(name)
    ? removeUnderLock(
        operation,
        name,
        () => reasonOf(operation, name),
        async () => {},
      )
    : rm(join(operation.state.nameLocks, name), { recursive: true, force: true })

function isName(name: string): boolean {
  try {
    return validateName(name) === name
  } catch {
    return false
  }
}
