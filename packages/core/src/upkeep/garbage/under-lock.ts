import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Operation } from '../../operation/operation.ts'
import { tryNameLock } from '../../records/name-lock.ts'
import type { StatusRecord, StatusStore } from '../../records/status-store.ts'
import { type Removable, unreadable } from './garbage.ts'

/** Says why something is garbage; undefined when it isn't. */
export type Look = () => Promise<string | undefined>

/** What a record describes. Both belong under the lock of its name. */
export interface Recorded {
  readonly look: Look
  remove(): Promise<void>
}

/** What a store has of that name. It is looked at again, and removed, as it is then, as long as it is still the very same thing. */
export async function recordedIn<R extends StatusRecord>(
  store: StatusStore<R>,
  name: string,
  reasonOf: (record: R) => Promise<string | undefined>,
  remove: (record: R) => Promise<void>,
): Promise<Recorded | undefined> {
  const record = await store.find(name)
  if (record === undefined) return undefined
  return {
    async look() {
      const current = await store.findSame(record)
      return current && reasonOf(current)
    },
    async remove() {
      const current = await store.findSame(record)
      if (current !== undefined) await remove(current)
    },
  }
}

/** Those of these names that are garbage, but for what somebody is about at the moment. */
export async function findRecorded(
  operation: Operation,
  kind: 'fork' | 'snapshot' | 'standby' | 'import',
  names: readonly string[],
  find: (name: string) => Promise<Recorded | undefined>,
): Promise<Removable[]> {
  const found: Removable[] = []
  for (const name of names) {
    try {
      const recorded = await find(name)
      if (recorded === undefined) continue
      const { look, remove } = recorded
      const reason = (await look()) && (await findUnderLock(operation, name, look))
      if (reason === undefined) continue
      found.push({ kind, name, reason, remove: () => removeUnderLock(operation, name, look, remove) })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}

/** Looks while nobody else is about anything of that name; undefined when somebody is. */
async function findUnderLock(operation: Operation, name: string, look: Look): Promise<string | undefined> {
  let reason: string | undefined
  await tryNameLock(operation, name, async () => {
    reason = await look()
  })
  return reason
}

/**
 * Looks again and removes, while nobody else is about anything of that name: whatever was found may have changed since.
 *
 * @throws PgforkError `BUSY`
 */
export async function removeUnderLock(
  operation: Operation,
  name: string,
  look: Look,
  remove: () => Promise<void>,
): Promise<void> {
  const isDone = await tryNameLock(operation, name, async () => {
    if ((await look()) !== undefined) await remove()
  })
  if (isDone) return
  throw new PgforkError('BUSY', `${name} is being changed at the moment. The next collection looks again.`, {
    hazard: 'H76',
    facts: { name },
  })
}
