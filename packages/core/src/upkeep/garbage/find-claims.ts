import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { standbyStore } from '../../records/standby-record.ts'
import { Claims } from '../../state/claims.ts'
import type { Finder, Removable } from './garbage.ts'
import { removeUnderLock } from './under-lock.ts'

/** Ports and timelines that are held for forks and standbys without a record: each has its record before it claims, and after. */
export const findClaims: Finder = async (operation) => {
  const { ports, timelines } = operation.state
  const found = await findIn(operation, 'port', ports)
  for (const systemIdentifier of await readdir(timelines))
    found.push(...(await findIn(operation, 'timeline', join(timelines, systemIdentifier))))
  return found
}

async function findIn(operation: Operation, kind: Removable['kind'], folder: string): Promise<Removable[]> {
  const claims = new Claims(folder)
  const stores = [forkStore(operation.state), standbyStore(operation.state)]
  // What can't be the name of a fork was not written by us.
  const exist = (holder: string) => Promise.all(stores.map((store) => store.exists(holder).catch(() => true)))
  const isGone = async (holder: string): Promise<boolean> => !(await exist(holder)).includes(true)
  const found: Removable[] = []
  for (const number of await claims.taken()) {
    const holder = await claims.holderOf(number)
    if (holder === undefined || (holder !== '' && !(await isGone(holder)))) continue
    const reason = `it is held for ${holder || 'nobody'}, which is gone`
    const release = (): Promise<void> => claims.release(number, holder)
    // A new fork of that name would take it for its own.
    const look = async (): Promise<string | undefined> => ((await isGone(holder)) ? reason : undefined)
    const remove = (): Promise<void> => (holder === '' ? release() : removeUnderLock(operation, holder, look, release))
    found.push({ kind, name: String(number), reason, remove })
  }
  return found
}
