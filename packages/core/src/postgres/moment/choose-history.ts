import { PgforkError } from '../../errors/pgfork-error.ts'
import { readWhole, withDescriptor } from '../../files/descriptor.ts'
import type { Directory } from '../../files/directory.ts'
import {
  continues,
  historyOf,
  mostHistoryBytes,
  parseHistory,
  type TimelineHistory,
} from '../files/timeline-history.ts'
import { absentOrRefused, refuseWritable } from '../wal/refuse-wal-file.ts'

export interface ChosenHistory {
  readonly history: TimelineHistory
  /** Of that whose history file was found last, whether it is followed or not. */
  readonly newestTimeline: number
}

/** Of all that one folder holds, each of which takes a block at least. Whoever may write there has as many as he likes. */
const mostBytes = 64 * 1024 * 1024
const blockBytes = 4096

/**
 * Which timelines are followed from a snapshot on: those that lead to the newest one that goes on from it, as PostgreSQL's
 * `recovery_target_timeline = latest` does. A snapshot of an old primary that went on after its standby had been promoted stays on its own.
 *
 * @param timeline of the snapshot's files, and the first location at which they agree with each other
 */
export function chooseHistory(directories: readonly Directory[], timeline: number, location: number): ChosenHistory {
  const found = new Map<number, TimelineHistory>()
  for (const directory of directories)
    for (const [number, history] of historiesIn(directory)) if (!found.has(number)) found.set(number, history)
  return followedHistory(found, timeline, location)
}

/** The same, of histories that were read already. @param found by the timelines that they lead to */
export function followedHistory(
  found: ReadonlyMap<number, TimelineHistory>,
  timeline: number,
  location: number,
): ChosenHistory {
  const timelines = [...found.keys()].sort((one, other) => other - one)
  const next = timelines.find((other) => {
    const history = found.get(other)
    return other > timeline && history !== undefined && continues(history, timeline, location)
  })
  return {
    history: found.get(next ?? timeline) ?? historyOf(timeline),
    newestTimeline: Math.max(timeline, ...timelines),
  }
}

/** By the timelines that they lead to. @throws PgforkError `PERMISSION_DENIED` */
export const historiesIn = (directory: Directory): Map<number, TimelineHistory> =>
  new Map(readHistoryFiles(directory).map(({ timeline, history }) => [timeline, history]))

/** The history of a timeline, as a file of its name tells it. */
export interface HistoryFile {
  readonly name: string
  readonly timeline: number
  readonly text: string
  readonly history: TimelineHistory
}

/** @throws PgforkError `PERMISSION_DENIED` */
export function readHistoryFiles(directory: Directory): HistoryFile[] {
  const found: HistoryFile[] = []
  let left = mostBytes
  for (const name of directory.names()) {
    const [, digits] = /^([0-9A-F]{8})\.history$/.exec(name) ?? []
    if (digits === undefined) continue
    const timeline = Number.parseInt(digits, 16)
    const text = readHistoryFile(directory, name)
    left -= Math.max(blockBytes, text.length)
    if (left < 0) throw tooMany(directory)
    const history = parseHistory(text, timeline)
    if (history !== undefined) found.push({ name, timeline, text, history })
  }
  return found
}

function readHistoryFile(directory: Directory, name: string): string {
  try {
    return withDescriptor(directory.openFile(name), (file) => {
      refuseWritable(directory, name, file)
      return readWhole(file, name, mostHistoryBytes).toString('utf8')
    })
  } catch (error) {
    return absentOrRefused(directory, name, error) ?? ''
  }
}

const tooMany = ({ path }: Directory): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `${path} holds more histories of timelines than any cluster has. Remove those that its server didn't write.`,
    { hazard: 'H100', facts: { path } },
  )
