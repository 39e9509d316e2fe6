import { join } from 'node:path'
import { Claims } from './claims.ts'
import type { StateDirectory } from './state-directory.ts'

const claimsOf = (state: StateDirectory, systemIdentifier: string): Claims =>
  new Claims(join(state.timelines, systemIdentifier))

/**
 * Reserves a timeline for a fork that no living relative of it has (H14): the lowest number above the source's that no
 * other fork of this system identifier holds.
 */
export async function claimTimeline(
  state: StateDirectory,
  holder: string,
  systemIdentifier: string,
  above: number,
): Promise<number> {
  const claims = claimsOf(state, systemIdentifier)
  const taken = new Set(await claims.taken())
  for (let timeline = above + 1; ; timeline++)
    if (!taken.has(timeline) && (await claims.take(timeline, holder))) return timeline
}

export async function releaseTimelines(state: StateDirectory, holder: string, systemIdentifier: string): Promise<void> {
  await claimsOf(state, systemIdentifier).releaseAll(holder)
}
