import type { Directory } from '../../files/directory.ts'
import { continues, historyOf, parseHistory, type TimelineHistory } from '../files/timeline-history.ts'

export interface ChosenHistory {
  readonly history: TimelineHistory
  /** Of that whose history file was found last, whether it is followed or not. */
  readonly newestTimeline: number
}

const mostBytes = 1024 * 1024

/**
 * Which timelines are followed from a snapshot on: those that lead to the newest one that goes on from it, as PostgreSQL's
 * `recovery_target_timeline = latest` does. A snapshot of an old primary that went on after its standby had been promoted stays on its own.
 *
 * @param timeline of the snapshot's files, and the first location at which they agree with each other
 */
export function chooseHistory(directories: readonly Directory[], timeline: number, location: number): ChosenHistory {
  const found = new Map<number, TimelineHistory>()
  for (const directory of directories)
    for (const name of directory.names()) {
      const [, digits] = /^([0-9A-F]{8})\.history$/.exec(name) ?? []
      if (digits === undefined) continue
      const number = Number.parseInt(digits, 16)
      const history = parseHistory(directory.readText(name, mostBytes) ?? '', number)
      if (history !== undefined && !found.has(number)) found.set(number, history)
    }
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
