import { parseLocation, type SegmentName } from './location.ts'

/** A timeline of a history, from where it began to where the next one left it. */
interface HistoryPart {
  readonly timeline: number
  readonly begin: number
  readonly end: number
}

/** The timelines that lead to one, from the oldest to that one itself, which has no end. */
export type TimelineHistory = readonly HistoryPart[]

/** More than any history file has: a line for each timeline before. */
export const mostHistoryBytes = 128 * 1024

/** Of a timeline of which no more is known, such as the first one. */
export const historyOf = (timeline: number): TimelineHistory => [{ timeline, begin: 0, end: Number.POSITIVE_INFINITY }]

/**
 * Reads a history file (`readTimeLineHistory` in timeline.c): in each line a timeline, where it was left, and why.
 *
 * @returns undefined for what is none, such as a file that only holds a timeline's place
 */
export function parseHistory(text: string, timeline: number): TimelineHistory | undefined {
  const history: HistoryPart[] = []
  let begin = 0
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, parent, switched] = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line) ?? []
    const end = parseLocation(switched ?? '')
    const isNext = Number(parent) > (history.at(-1)?.timeline ?? 0) && Number(parent) < timeline && end > begin
    if (!isNext) return undefined
    history.push({ timeline: Number(parent), begin, end })
    begin = end
  }
  return [...history, { timeline, begin, end: Number.POSITIVE_INFINITY }]
}

/**
 * On which timeline a server writes a segment when it follows this history: the first segment of a timeline begins with a copy of
 * what the one before it has there.
 */
export function timelineOfSegment(history: TimelineHistory, number: number, segmentBytes: number): number {
  const part = history.findLast(({ begin }) => Math.floor(begin / segmentBytes) <= number)
  return (part ?? (history[0] as HistoryPart)).timeline
}

/** Tells for a history which segments are of it. */
export const segmentsOf =
  (history: TimelineHistory, segmentBytes: number) =>
  ({ timeline, number }: SegmentName): boolean =>
    timelineOfSegment(history, number, segmentBytes) === timeline

/** The history that leads to a location and no further: what ends right where a timeline was left is on that one. */
export function historyUpTo(history: TimelineHistory, location: number): TimelineHistory {
  const last = history.findIndex(({ end }) => location <= end)
  return history
    .slice(0, last + 1)
    .map((part, index) => (index === last ? { ...part, end: Number.POSITIVE_INFINITY } : part))
}

/** Whether a history goes on from where a server is. */
export const continues = (history: TimelineHistory, timeline: number, location: number): boolean =>
  history.some((part) => part.timeline === timeline && location <= part.end)

/** Of a timeline of which it isn't told where it began: a file that a power cut has emptied reads like that. */
export const isOfNothing = (history: TimelineHistory): boolean => history.length === 1

/**
 * The first timeline that began elsewhere in the one than in the other: a server that was put back to an older state, and doesn't know of what
 * came after that, gives the same number again. Undefined where they agree.
 */
export function contradictionOf(
  one: ReadonlyMap<number, TimelineHistory>,
  other: ReadonlyMap<number, TimelineHistory>,
): number | undefined {
  for (const [timeline, history] of one) {
    const same = other.get(timeline)
    if (same === undefined || isOfNothing(same) || isOfNothing(history)) continue
    if (formatHistory(same) !== formatHistory(history)) return timeline
  }
  return undefined
}

const formatHistory = (history: TimelineHistory): string =>
  history.map(({ timeline, end }) => `${timeline} ${end}`).join()
