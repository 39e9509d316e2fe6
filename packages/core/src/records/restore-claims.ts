import { join } from 'node:path'
import { Claims } from '../state/claims.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { type ForkRecord, forkStore, isStartable } from './fork-record.ts'
import { standbyStore } from './standby-record.ts'

/** Of each state directory that this process works with. */
const restored = new Map<string, Promise<void>>()

/**
 * Gives forks back the ports and timelines that their records name and that a power cut took: claims aren't flushed, the records of
 * forks that outlive their process are (H73). Whoever claims a number or frees one calls it before. A power cut ends all processes, so
 * that once for each is enough.
 */
export function restoreClaims(state: StateDirectory): Promise<void> {
  const known = restored.get(state.path)
  if (known !== undefined) return known
  const pending = restoreAll(state)
  restored.set(state.path, pending)
  // It is tried again.
  pending.catch(() => restored.delete(state.path))
  return pending
}

async function restoreAll(state: StateDirectory): Promise<void> {
  const store = forkStore(state)
  for (const name of await store.names()) {
    // What can't be understood is told where it is looked for; it can't be known which numbers it holds.
    const record = await store.find(name).catch(() => undefined)
    if (record !== undefined) await restore(state, record)
  }
  const standbys = standbyStore(state)
  for (const name of await standbys.names()) {
    const port = (await standbys.find(name).catch(() => undefined))?.port
    if (port !== undefined) await new Claims(state.ports).restore(port, name)
  }
}

async function restore(state: StateDirectory, fork: ForkRecord): Promise<void> {
  const { name, timeline, systemIdentifier } = fork
  if (isStartable(fork)) await new Claims(state.ports).restore(fork.server.port, name)
  if (timeline !== undefined) await new Claims(join(state.timelines, systemIdentifier)).restore(timeline, name)
}
