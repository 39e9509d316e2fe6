import { PgforkError } from '../errors/pgfork-error.ts'
import { formatLocation } from '../postgres/files/location.ts'
import type { FoundMoment } from '../postgres/moment/find-moment.ts'
import { describeMoment, type WantedMoment } from '../postgres/moment/moment.ts'
import { describeReachable, type ReachableMoment } from '../postgres/wal/read-end.ts'
import type { Stretch } from './coverage.ts'
import type { MomentSearch } from './moment-search.ts'

/** What doesn't lead to a moment. */
type Looked = Pick<MomentSearch, 'wanted' | 'stretches'>

/** @param nearestBefore the last moment before it, and the first one after it, that are reached */
export function notCovered(
  wanted: WantedMoment,
  nearestBefore: ReachableMoment | undefined,
  nearestAfter: ReachableMoment | undefined,
  cause?: PgforkError,
): PgforkError {
  const asked = describeMoment(wanted)
  const range = [
    ...(nearestBefore === undefined ? [] : [`the last moment before it is ${describeReachable(nearestBefore)}`]),
    ...(nearestAfter === undefined ? [] : [`the first moment after it is ${describeReachable(nearestAfter)}`]),
  ].join(', ')
  return new PgforkError(
    'MOMENT_NOT_COVERED',
    `${asked} isn't covered by the snapshots and the WAL that are kept: ${range}. ${adviceFor(nearestBefore, nearestAfter)}`,
    { facts: { asked, nearestBefore, nearestAfter, gap: cause?.facts.gap }, cause },
  )
}

export function notFound({ wanted, stretches }: Looked): PgforkError {
  const nearestBefore = (stretches[0] as Stretch).first
  const nearestAfter = (stretches.at(-1) as Stretch).last
  const asked = describeMoment(wanted)
  const gaps = stretches.length === 1 ? '' : ` There are gaps (${stretches.length - 1}), in which it may lie.`
  return new PgforkError(
    'MOMENT_NOT_FOUND',
    `From ${describeReachable(nearestBefore)} to ${describeReachable(nearestAfter)}, ${asked} isn't found.${gaps}`,
    { facts: { asked, nearestBefore, nearestAfter } },
  )
}

/** @param left where that timeline was left for another one, and what was committed last before */
export const givenUp = (wanted: WantedMoment, timeline: number, left: ReachableMoment): PgforkError =>
  new PgforkError(
    'MOMENT_NOT_COVERED',
    `Beyond ${describeReachable(left)}, what the source had written on its timeline ${timeline} was given up for an older state. At ` +
      `${describeMoment(wanted)} it may have been in either. For a moment since then, give a location or a transaction.`,
    {
      hazard: 'H108',
      facts: { asked: describeMoment(wanted), nearestBefore: left, nearestAfter: undefined, timeline },
    },
  )

/** After an older state was put in the place of a source, it gives numbers and names again. */
export const onSeveral = (
  wanted: WantedMoment,
  found: readonly { readonly history: number; readonly found: FoundMoment }[],
): PgforkError =>
  new PgforkError(
    'MOMENT_NOT_FOUND',
    `There are ${found.length} of ${describeMoment(wanted)}, on histories of different timelines (` +
      `${found.map((each) => `${each.history} at ${formatLocation(each.found.stop)}`).join(', ')}): an older state was put in the source's ` +
      "place in between. Give the moment's location for the newest, and its time for another one.",
    {
      hazard: 'H108',
      facts: { asked: describeMoment(wanted), locations: found.map((each) => formatLocation(each.found.stop)) },
    },
  )

function adviceFor(before: ReachableMoment | undefined, after: ReachableMoment | undefined): string {
  if (before === undefined) return 'Name an archive that is older, with an older snapshot as source.'
  if (after === undefined) return 'Name an archive that has more of the WAL: wal.'
  return 'The source had given up WAL before it was kept: raise its wal_keep_size, or name an archive that has it: wal.'
}
