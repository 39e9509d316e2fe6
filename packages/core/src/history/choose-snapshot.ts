import { isPgforkError } from '../errors/pgfork-error.ts'
import { formatLocation } from '../postgres/files/location.ts'
import { segmentsOf } from '../postgres/files/timeline-history.ts'
import { type FoundMoment, findMoment } from '../postgres/moment/find-moment.ts'
import { ambiguousMoment } from '../postgres/moment/moment-errors.ts'
import { completeUntil } from '../postgres/moment/open-wal.ts'
import { isRemovalOfBefore, isRemovalUnderWay } from '../postgres/moment/removal-under-way.ts'
import type { ReachableMoment } from '../postgres/wal/read-end.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import type { Stretch } from './coverage.ts'
import { type BaseSnapshot, indexBefore, locationOf, momentOf, timeOf } from './history-snapshots.ts'
import type { MomentSearch } from './moment-search.ts'
import { notCovered, notFound } from './unreachable.ts'

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
  const newestFirst = candidatesOf(request.stretches)
  const { wanted } = request
  if (wanted.kind === 'time') {
    const oldestFirst = [...newestFirst].reverse()
    const index = indexBefore(
      oldestFirst.map(({ snapshot }) => snapshot),
      wanted.time,
    )
    const older = oldestFirst.slice(0, index + 1).reverse()
    return chooseByPlace(
      request,
      older.filter(({ snapshot }) => timeOf(snapshot) <= wanted.time),
    )
  }
  if (wanted.kind === 'location')
    return chooseByPlace(
      request,
      newestFirst.filter(({ snapshot }) => locationOf(snapshot) <= wanted.location),
    )
  return chooseByName(request, newestFirst)
}

const candidatesOf = (stretches: readonly Stretch[]): Candidate[] =>
  stretches
    .flatMap((stretch) =>
      stretch.snapshots.map((snapshot, index) => ({ snapshot, stretch, next: stretch.snapshots[index + 1] })),
    )
    .reverse()

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

/** Of a transaction or a restore point: the WAL behind each one is looked through, of the newest first. */
async function chooseByName(request: MomentSearch, candidates: readonly Candidate[]): Promise<ChosenSnapshot> {
  const all: { readonly snapshot: BaseSnapshot; readonly found: FoundMoment }[] = []
  let removal: unknown
  for (const { snapshot, stretch, next } of candidates) {
    try {
      const until = removal === undefined ? next && locationOf(next) : undefined
      const found = await search(request, { snapshot, stretch, next }, until)
      // What is out first may lie behind the next snapshot.
      const isAll = found.firstExcluded !== undefined || next === undefined
      if (request.wanted.kind !== 'restore point') return { snapshot, found: isAll ? found : undefined }
      all.push({ snapshot, found })
    } catch (error) {
      const isAbsent = isPgforkError(error, 'MOMENT_NOT_FOUND') && error.facts.wasRolledBack === false
      if (isRemovalOfBefore(error)) removal = error
      else if (!isAbsent) throw error
    }
  }
  const [only, ...others] = all
  if (only === undefined) throw removal ?? notFound(request)
  if (others.length > 0)
    throw ambiguousMoment(request.wanted, all.map(({ found }) => formatLocation(found.stop)).reverse())
  return { snapshot: only.snapshot, found: undefined }
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
    completeUntil: (end) => completeUntil(wal.live, segmentBytes, end),
  })
}
