import type { OwnedServer } from '@pgfork/core/companion'
import { waitUntil } from '@pgfork/core/companion'
import { requireSameEngine } from '../engine/check-engine.ts'
import type { Engine } from '../engine/engine.ts'
import { inspectContainer, noContainer } from '../engine/inspect-container.ts'
import { ownContainers } from './own-containers.ts'
import { placeOf, recordedEngine } from './place.ts'

/** The engine removes it by itself when it has ended (`--rm`), and says so to whoever wants the same. */
const isGoing = /removal of container .* is already in progress/i
const missing = new RegExp(`${noContainer.source}|${isGoing.source}`, 'i')

/** Kills and removes the containers of a server, and returns when they are gone. */
export async function removeContainers(
  engine: Engine,
  { dataDirectory, container, place }: Pick<OwnedServer, 'dataDirectory' | 'container' | 'place'>,
  timeoutMs: number,
): Promise<void> {
  // An id is of this very container, whichever engine is asked.
  if (container !== undefined && (await remove(engine, container.id, timeoutMs))) return
  const { data } = placeOf(place)
  if (data !== undefined) await requireSameEngine(engine, recordedEngine(data))
  // One that has no record yet.
  for (const { Id } of await ownContainers(engine, dataDirectory)) await remove(engine, Id, timeoutMs)
}

/** Whether it was there. */
async function remove(engine: Engine, id: string, timeoutMs: number): Promise<boolean> {
  const removed = await engine.run(['rm', '--force', '--volumes', id], { timeoutMs, missing })
  // With --force, later versions say of a missing one that it is none, and succeed.
  if (removed !== undefined) return !noContainer.test(removed.stderr)
  const isGone = async (): Promise<boolean> => (await inspectContainer(engine, id)) === undefined
  if (await isGone()) return false
  await waitUntil(isGone, { what: `The end of the container ${id}`, timeoutMs, firstPauseMs: 10 })
  return true
}
