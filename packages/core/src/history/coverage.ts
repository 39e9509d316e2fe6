import type { Directory } from '../files/directory.ts'
import { formatSegmentName, parseSegmentName } from '../postgres/files/location.ts'
import { continues, segmentsOf, type TimelineHistory, timelineOfSegment } from '../postgres/files/timeline-history.ts'
import { chooseHistory } from '../postgres/moment/choose-history.ts'
import type { OpenedWal } from '../postgres/moment/open-wal.ts'
import { followsOn } from '../postgres/wal/page-header.ts'
import { type ReachableMoment, readEnd } from '../postgres/wal/read-end.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { type BaseSnapshot, locationOf, momentOf } from './history-snapshots.ts'
import { keptSegments } from './kept-segments.ts'

/** What can be reached from one snapshot after another without a gap. */
export interface Stretch {
  /** The oldest first. Never empty. */
  readonly snapshots: readonly BaseSnapshot[]
  /** The timelines that lead on from them. */
  readonly history: TimelineHistory
  /** When the oldest snapshot was taken. */
  readonly first: ReachableMoment
  readonly last: ReachableMoment
  /** Location of the last moment. */
  readonly to: number
}

export interface CoverageRequest {
  /** The oldest first. */
  readonly snapshots: readonly BaseSnapshot[]
  /** That of the history among them, whose files tell whether they are complete. */
  readonly folder: Directory | undefined
  readonly wal: Pick<OpenedWal, 'directories'>
  readonly segmentBytes: number
  readonly major: number
}

/**
 * Which moments can be reached, as the names and first pages of the segments tell; the oldest stretch first, and those of a history that was
 * given up before all of the current one.
 */
export async function readCoverage(request: CoverageRequest): Promise<Stretch[]> {
  const { snapshots, wal } = request
  const known = knownSegments(request)
  const stretches: (Stretch & { readonly snapshots: BaseSnapshot[] })[] = []
  for (const snapshot of snapshots) {
    const location = locationOf(snapshot)
    const leading = stretches.findLast(
      (stretch) => isReached(location, stretch) && continues(stretch.history, snapshot.source.timeline, location),
    )
    if (leading !== undefined) {
      leading.snapshots.push(snapshot)
      continue
    }
    const { history } = chooseHistory(wal.directories, snapshot.source.timeline, location)
    const end = await endOf(history, snapshot, request, known)
    stretches.push({ snapshots: [snapshot], history, first: momentOf(snapshot), ...end })
  }
  return stretches.sort((one, other) => newestTimeline(one) - newestTimeline(other))
}

/** Stretches of the same one are of one history, with gaps in between; those of an older one are of a history that was given up (H108). */
export const newestTimeline = ({ history }: Pick<Stretch, 'history'>): number => history.at(-1)?.timeline ?? 1

/** Those of the history that the source goes on with. */
export const currentStretches = (stretches: readonly Stretch[]): readonly Stretch[] =>
  stretches.filter((stretch) => newestTimeline(stretch) === newestTimeline(stretches.at(-1) as Stretch))

/** As if an archive had all that is missing in between. */
export function joinStretches(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = []
  for (const stretch of stretches) {
    const last = joined.at(-1)
    const [first] = stretch.snapshots
    const goesOn =
      last !== undefined &&
      first !== undefined &&
      newestTimeline(last) === newestTimeline(stretch) &&
      continues(last.history, first.source.timeline, locationOf(first))
    if (goesOn)
      joined.splice(-1, 1, { ...last, ...pickEnd(stretch), snapshots: [...last.snapshots, ...stretch.snapshots] })
    else joined.push(stretch)
  }
  return joined
}

const pickEnd = ({ last, to }: Stretch): Pick<Stretch, 'last' | 'to'> => ({ last, to })

interface KnownSegments {
  /** Of the history's own folder, which tells that they are whole. */
  readonly kept: ReadonlySet<string>
  /** Of archives, and of the source itself: if there is a next one, they are whole. */
  readonly others: ReadonlySet<string>
}

function knownSegments({ folder, wal, segmentBytes }: CoverageRequest): KnownSegments {
  const kept = folder === undefined ? [] : keptSegments(folder, segmentBytes).filter(({ isComplete }) => isComplete)
  const directories = wal.directories.filter(({ path }) => path !== folder?.path)
  const names = directories.flatMap((directory) => directory.names())
  return {
    kept: new Set(kept.map(({ name }) => name)),
    others: new Set(names.filter((name) => parseSegmentName(name, segmentBytes) !== undefined)),
  }
}

/** How far whole records go on from a snapshot. */
async function endOf(
  history: TimelineHistory,
  snapshot: BaseSnapshot,
  { wal, segmentBytes, major }: CoverageRequest,
  { kept, others }: KnownSegments,
): Promise<Pick<Stretch, 'to' | 'last'>> {
  const isOfHistory = segmentsOf(history, segmentBytes)
  const { systemIdentifier } = snapshot.source
  await using segments = new SegmentFiles({
    directories: wal.directories,
    segmentBytes,
    systemIdentifier,
    isOfHistory,
  })
  const location = locationOf(snapshot)
  const first = Math.floor(location / segmentBytes)
  let number = first
  for (; ; number++) {
    const timeline = timelineOfSegment(history, number, segmentBytes)
    const name = formatSegmentName({ timeline, number }, segmentBytes)
    if (kept.has(name)) continue
    if (!others.has(name) || (await segments.writtenBytesOf(number + 1)) === 0) break
  }
  const found = await readEnd(segments, number, major, first)
  return found === undefined || found.end <= location
    ? { to: location, last: momentOf(snapshot) }
    : { to: found.end, last: { location: found.location, time: found.time } }
}

const isReached = (location: number, { to }: Pick<Stretch, 'to'>): boolean => location <= to || followsOn(to, location)
