import type { Operation } from '../operation/operation.ts'
import { claimForkTimeline } from '../records/claim-numbers.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { DriverClaims } from '../storage/driver/snapshot-driver.ts'

/**
 * A timeline that no living relative of a fork has, on no host that has the same storage (H97): claims in the state directory tell of this
 * one alone (H14).
 */
export async function claimEverywhere(
  operation: Operation,
  fork: ForkRecord,
  systemIdentifier: string,
  above: number,
): Promise<number> {
  const claimHere = (above: number) => claimForkTimeline(operation.state, fork.name, systemIdentifier, above)
  const shared = await sharedClaims(operation, fork)
  if (shared === undefined) return claimHere(above)
  const { clone, claims } = shared
  const context = operation.driverContext()
  const take = (timeline: number) => claims.take(clone.volume, nameOf(systemIdentifier, timeline), clone.name, context)
  let timeline = await claimHere(above)
  if (await take(timeline)) return timeline
  // Others have forks of it: what they have isn't tried one by one.
  const taken = new Set(await claims.list(clone.volume, context))
  do timeline = await claimHere(timeline)
  while (taken.has(nameOf(systemIdentifier, timeline)) || !(await take(timeline)))
  return timeline
}

/** Gives back what a fork holds for all hosts to see, once nothing of it is left. One that was never finished may not know what it has. */
export async function releaseEverywhere(operation: Operation, fork: ForkRecord): Promise<void> {
  const shared = await sharedClaims(operation, fork)
  if (shared === undefined) return
  const { systemIdentifier, timeline } = fork
  const { clone, claims } = shared
  const { volume } = clone
  const context = operation.cleanupContext()
  const listAll = async (): Promise<string[]> =>
    (await claims.list(volume, context)).filter((name) => name.startsWith(nameOf(systemIdentifier, '')))
  for (const name of timeline === undefined ? await listAll() : [nameOf(systemIdentifier, timeline)])
    await claims.release(volume, name, clone.name, context)
}

const nameOf = (systemIdentifier: string, timeline: number | ''): string => `${systemIdentifier}.${timeline}`

/** A fork lies on one storage where others have it, too. */
async function sharedClaims(
  { drivers }: Operation,
  { clones }: ForkRecord,
): Promise<{ readonly clone: VolumeCopy; readonly claims: DriverClaims } | undefined> {
  for (const clone of clones) {
    const claims = await drivers.claimsOf(clone)
    if (claims !== undefined) return { clone, claims }
  }
  return undefined
}
