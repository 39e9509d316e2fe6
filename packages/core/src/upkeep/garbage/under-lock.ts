import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Operation } from '../../operation/operation.ts'
import { tryNameLock } from '../../records/name-lock.ts'

/** Says why something is garbage; undefined when it isn't. */
export type Look = () => Promise<string | undefined>

/** Looks while nobody else is about anything of that name; undefined when somebody is. */
export async function findUnderLock(operation: Operation, name: string, look: Look): Promise<string | undefined> {
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
