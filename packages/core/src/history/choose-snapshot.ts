import { isPgforkError } from '../errors/pgfork-error.ts'
import { formatLocation, parseLocation } from '../postgres/files/location.ts'
import { segmentsOf } from '../postgres/files/timeline-history.ts'
import type { Commit } from '../postgres/moment/commit.ts'
import { type FoundMoment, findMoment } from '../postgres/moment/find-moment.ts'
import { ambiguousMoment } from '../postgres/moment/moment-errors.ts'
import { completeUntil } from '../postgres/moment/open-wal.ts'
import { isRemovalOfBefore, isRemovalUnderWay } from '../postgres/moment/removal-under-way.ts'
import type { ReachableMoment } from '../postgres/wal/read-end.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { newestTimeline, type Stretch } from './coverage.ts'
import { type BaseSnapshot, indexBefore, locationOf, momentOf, timeOf } from './history-snapshots.ts'
import type { MomentSearch } from './moment-search.ts'
import { givenUp, notCovered, notFound, onSeveral } from './unreachable.ts'

/** A snapshot, and where the next one of its stretch is. */
interface Candidate {
  readonly snapshot: BaseSnapshot
  readonly stretch: Stretch
  readonly next: BaseSnapshot | undefined
}

/** A snapshot from which WAL leads to a moment, and where that is. */
export interface ChosenSnapshot {
  readonly snapshot: BaseSnapshot
  /** Undefined where not all of it was looked for. */
  readonly found: FoundMoment | undefined
}

/**
 * The newest snapshot that lies before a moment and from which WAL leads there. All is told by the WAL and by when the snapshots were taken:
 * nothing is cloned for it.
 *
 * @throws PgforkError `MOMENT_NOT_COVERED`, with the nearest moments on both sides, `MOMENT_NOT_FOUND`
 */
export async function chooseSnapshot(request: MomentSearch): Promise<ChosenSnapshot> {
  const oldestFirst = candidatesOf(request.stretches)
  const { wanted } = request
  if (wanted.kind === 'time') return chooseByTime(request, oldestFirst, wanted.time)
  const newestFirst = [...oldestFirst].reverse()
  if (wanted.kind === 'location')
    return chooseByPlace(
      request,
      newestFirst.filter(({ snapshot }) => locationOf(snapshot) <= wanted.location),
    )
  return chooseByName(request, newestFirst)
}

const candidatesOf = (stretches: readonly Stretch[]): Candidate[] =>
  stretches.flatMap((stretch) =>
    stretch.snapshots.map((snapshot, index) => ({ snapshot, stretch, next: stretch.snapshots[index + 1] })),
  )

/**
 * The history on which the source was at a time is that of the snapshot which comes next to it; if that leads nowhere, the source had been put
 * back to an older state by then, from which a newer one leads on (H108).
 */
async function chooseByTime(
  request: MomentSearch,
  oldestFirst: readonly Candidate[],
  time: bigint,
): Promise<ChosenSnapshot> {
  const index = indexBefore(
    oldestFirst.map(({ snapshot }) => snapshot),
    time,
  )
  const last = oldestFirst[index]
  const before = (candidates: readonly Candidate[]): Candidate[] =>
    candidates.filter(({ snapshot }) => timeOf(snapshot) <= time).reverse()
  const isNewer = ({ stretch }: Candidate): boolean =>
    last !== undefined && newestTimeline(stretch) > newestTimeline(last.stretch)
  const ofSame = oldestFirst.slice(0, index + 1).filter((candidate) => !isNewer(candidate))
  const ofNewer = oldestFirst.filter(isNewer)
  try {
    return refuseGivenUp(request, await chooseByPlace(request, before(ofSame)))
  } catch (error) {
    if (!isPgforkError(error, 'MOMENT_NOT_COVERED') || before(ofNewer).length === 0) throw error
    return chooseByTime(request, ofNewer, time)
  }
}

/**
 * Between what was committed last before the source was put back to an older state and first after that, a history doesn't tell which of both
 * the source was in, nor what it had in the one that was given up.
 */
function refuseGivenUp({ wanted, stretches }: MomentSearch, chosen: ChosenSnapshot): ChosenSnapshot {
  const { snapshot, found } = chosen
  const { timeline } = snapshot.source
  const stretch = stretches.find(({ snapshots }) => snapshots.includes(snapshot))
  const left = stretch?.history.find((part) => part.timeline === timeline)?.end
  if (left === undefined || found === undefined) return chosen
  const isGivenUp = stretches
    .flatMap(({ snapshots }) => snapshots)
    .some((other) => other.source.timeline === timeline && locationOf(other) > left)
  const isBehind = (commit: Commit | undefined): boolean | undefined => commit && parseLocation(commit.location) >= left
  if (!isGivenUp || isBehind(found.lastCommit) === true || isBehind(found.firstExcluded) === false) return chosen
  throw givenUp(wanted, timeline, { location: formatLocation(left), time: found.lastCommit?.time })
}

/**
 * Of a time or a location: which one lies before it is known, and if that leads nowhere, none does, unless it was taken in the middle of a removal.
 */
async function chooseByPlace(
  request: MomentSearch,
  [candidate, ...older]: readonly Candidate[],
): Promise<ChosenSnapshot> {
  const { wanted, stretches } = request
  if (candidate === undefined) throw notCovered(wanted, undefined, stretches[0]?.first)
  try {
    return { snapshot: candidate.snapshot, found: await search(request, candidate, undefined) }
  } catch (error) {
    if (isRemovalOfBefore(error) && older[0]?.stretch === candidate.stretch) return chooseByPlace(request, older)
    if (!isPgforkError(error, 'MOMENT_NOT_COVERED') || isRemovalUnderWay(error)) throw error
    const { stretch, next } = candidate
    const nextStretch = stretches[stretches.indexOf(stretch) + 1]
    if (request.fetchOf === undefined) throw notCovered(wanted, stretch.last, nextStretch?.first, error)
    // The archive led on from there, and no further.
    const reached = error.facts.nearestBefore as ReachableMoment | undefined
    throw notCovered(wanted, reached ?? momentOf(candidate.snapshot), next ? momentOf(next) : nextStretch?.first, error)
  }
}

/**
 * From where histories were left up to the first snapshots on what was given up then. No fork is made there, since recovery follows the newer
 * history, and a transaction of the same number may be there.
 */
const givenUpBehind = (stretches: readonly Stretch[]): Candidate[] =>
  stretches.flatMap((stretch) => {
    const [next] = stretch.snapshots as readonly [BaseSnapshot, ...BaseSnapshot[]]
    const isBefore = (other: BaseSnapshot): boolean =>
      other.source.timeline === next.source.timeline && locationOf(other) < locationOf(next)
    const newer = stretches.filter((other) => newestTimeline(other) > newestTimeline(stretch))
    const snapshot = newer.flatMap(({ snapshots }) => snapshots).findLast(isBefore)
    return snapshot === undefined ? [] : [{ snapshot, stretch, next }]
  })

/** Of a transaction or a restore point: the WAL behind each one is looked through, of the newest first. */
async function chooseByName(request: MomentSearch, candidates: readonly Candidate[]): Promise<ChosenSnapshot> {
  const all: (ChosenSnapshot & { readonly found: FoundMoment; readonly isAll: boolean; readonly history: number })[] =
    []
  let removal: unknown
  for (const { snapshot, stretch, next } of [...candidates, ...givenUpBehind(request.stretches)]) {
    const history = newestTimeline(stretch)
    // A number is given once on each history.
    if (request.wanted.kind !== 'restore point' && all.some((other) => other.history === history)) continue
    try {
      const until = removal === undefined ? next && locationOf(next) : undefined
      const found = await search(request, { snapshot, stretch, next }, until)
      // What is out first may lie behind the next snapshot.
      const isAll = found.firstExcluded !== undefined || next === undefined
      all.push({ snapshot, found, isAll, history })
    } catch (error) {
      // Another transaction of its number may have been rolled back.
      const isAbsent =
        isPgforkError(error, 'MOMENT_NOT_FOUND') && (error.facts.wasRolledBack === false || all.length > 0)
      if (isRemovalOfBefore(error)) removal = error
      else if (!isAbsent) throw error
    }
  }
  const [only, ...others] = all
  const isReached =
    only !== undefined &&
    candidates.some(({ snapshot, stretch }) => snapshot === only.snapshot && newestTimeline(stretch) === only.history)
  if (only === undefined || (!isReached && others.length === 0)) throw removal ?? notFound(request)
  if (others.some(({ history }) => history !== only.history)) throw onSeveral(request.wanted, all)
  if (others.length > 0)
    throw ambiguousMoment(request.wanted, all.map(({ found }) => formatLocation(found.stop)).reverse())
  // Another restore point of the same name was looked for, and not what is out first.
  const isWhole = only.isAll && request.wanted.kind !== 'restore point'
  return { snapshot: only.snapshot, found: isWhole ? only.found : undefined }
}

async function search(
  { wanted, wal, segmentBytes, major, signal, fetchOf }: MomentSearch,
  { snapshot, stretch }: Candidate,
  until: number | undefined,
): Promise<FoundMoment> {
  const start = locationOf(snapshot)
  await using segments = new SegmentFiles({
    directories: wal.directories,
    segmentBytes,
    systemIdentifier: snapshot.source.systemIdentifier,
    isOfHistory: segmentsOf(stretch.history, segmentBytes),
    fetch: fetchOf?.(stretch.history),
  })
  return await findMoment({
    ...{ wanted, segments, major, signal, start, earliest: start },
    ...(until === undefined ? {} : { until }),
    since: timeOf(snapshot),
    nextTransaction: snapshot.reached.nextTransaction,
    completeUntil: (end) => completeUntil(wal.live, stretch.history, segmentBytes, end),
  })
}
