import { claimPort } from '../state/claim-port.ts'
import { claimTimeline } from '../state/claim-timeline.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { forkStore } from './fork-record.ts'
import { restoreClaims } from './restore-claims.ts'
import { snapshotStore } from './snapshot-record.ts'

/** As `claimPort`, and none that the record of another fork names (H73). */
export const claimForkPort: typeof claimPort = async (state, ...request) => {
  await restoreClaims(state)
  return claimPort(state, ...request)
}

/**
 * As `claimTimeline`, and none that the record of another fork names (H73), nor one that a fork or a snapshot may descend from: what is gone has
 * given its number back, and its WAL and its history go on in what was made of it (H143).
 */
export const claimForkTimeline: typeof claimTimeline = async (state, holder, systemIdentifier, above) => {
  await restoreClaims(state)
  const inherited = await inheritedTimelines(state, systemIdentifier)
  return claimTimeline(state, holder, systemIdentifier, Math.max(above, ...inherited))
}

/** The last timeline that each fork or snapshot of a cluster has from its source. Those before it have lower numbers. */
async function inheritedTimelines(state: StateDirectory, systemIdentifier: string): Promise<number[]> {
  // Of a record that can't be read is told where it is looked for.
  const forks = await forkStore(state).list(() => {})
  const snapshots = await snapshotStore(state).list(() => {})
  return [
    ...forks
      .filter((fork) => fork.systemIdentifier === systemIdentifier)
      .map(({ sourceTimeline, moment }) => Math.max(sourceTimeline, moment?.timeline ?? 0)),
    ...snapshots
      .filter(({ source }) => source.systemIdentifier === systemIdentifier)
      .map(({ source }) => source.timeline),
  ]
}
