import { parseLocation } from '../postgres/files/location.ts'
import { type HistoryRecord, historyStore } from '../records/history-record.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import type { BaseSnapshot } from './history-snapshots.ts'

const mebibyte = 1024 * 1024

/** Remembers the most that the source wrote between two calls. */
export async function noteWritten(
  state: StateDirectory,
  history: HistoryRecord,
  before: BaseSnapshot | undefined,
  after: BaseSnapshot,
): Promise<void> {
  if (before === undefined) return
  const written = parseLocation(after.reached.location) - parseLocation(before.reached.location)
  if (written > (history.mostWrittenBytes ?? -1))
    await historyStore(state).replace({ ...history, mostWrittenBytes: written })
}

/** The most that was written between two calls, and the segments at both ends, in whole megabytes. */
export const advisedWalKeepBytes = ({ mostWrittenBytes, segmentBytes }: HistoryRecord): number | undefined =>
  mostWrittenBytes === undefined ? undefined : Math.ceil((mostWrittenBytes + 2 * segmentBytes) / mebibyte) * mebibyte
