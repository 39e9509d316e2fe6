import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { Claims } from '../../state/claims.ts'
import type { Finder, Removable } from './garbage.ts'

/** Ports and timelines that are held for forks without a record: a fork has its record before it claims, and after. */
export const findClaims: Finder = async (operation) => {
  const { ports, timelines } = operation.state
  const found = await findIn(operation, 'port', ports)
  for (const systemIdentifier of await readdir(timelines))
    found.push(...(await findIn(operation, 'timeline', join(timelines, systemIdentifier))))
  return found
}

async function findIn({ state }: Operation, kind: Removable['kind'], folder: string): Promise<Removable[]> {
  const claims = new Claims(folder)
  const store = forkStore(state)
  // What can't be the name of a fork was not written by us.
  const isHeld = (holder: string): Promise<boolean> => store.exists(holder).catch(() => true)
  const found: Removable[] = []
  for (const number of await claims.taken()) {
    const holder = await claims.holderOf(number)
    if (holder === undefined || (holder !== '' && (await isHeld(holder)))) continue
    found.push({
      kind,
      name: String(number),
      reason: `it is held for ${holder || 'nobody'}, which is gone`,
      remove: () => claims.release(number, holder),
    })
  }
  return found
}
