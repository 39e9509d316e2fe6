import { isPgforkError } from '../../errors/pgfork-error.ts'
import { chooseUnneeded } from '../../history/choose-unneeded.ts'
import { openHistoryFolder } from '../../history/history-folder.ts'
import { type BaseSnapshot, baseSnapshots, firstSegmentOf, isOf, locationOf } from '../../history/history-snapshots.ts'
import { type KeepRule, timesInOrder } from '../../history/keep-rules.ts'
import { keptSegments } from '../../history/kept-segments.ts'
import { pruneWal } from '../../history/prune-wal.ts'
import type { Operation } from '../../operation/operation.ts'
import { continues } from '../../postgres/files/timeline-history.ts'
import { followedHistory, historiesIn } from '../../postgres/moment/choose-history.ts'
import type { HistoryRecord } from '../../records/history-record.ts'
import { withNameLock } from '../../records/name-lock.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'

/** What was removed of a history. */
export interface PrunedHistory {
  /** Names, the oldest first. */
  readonly removedSnapshots: readonly string[]
  /** Segments of WAL. */
  readonly removedSegments: number
}

/** Removes the snapshots that are needed no longer, but for those that the storage needs for a fork, and then the WAL that none needs. */
export async function pruneHistory(
  operation: Operation,
  history: HistoryRecord,
  rules: readonly KeepRule[],
): Promise<PrunedHistory> {
  const snapshots = (await baseSnapshots(operation, history)).filter(isOf(history))
  const times = timesInOrder(snapshots.map(({ createdAt }) => new Date(createdAt)))
  const timed = snapshots.map((record, index): Timed => ({ record, createdAt: times[index] as Date }))
  const removedSnapshots: string[] = []
  const hasWalTo = keptWal(history)
  const leadsOn = (one: Timed, next: Timed): boolean => hasWalTo(one.record, next.record)
  for (const { record } of chooseUnneeded(timed, rules, leadsOn)) {
    try {
      await withNameLock(operation, record.name, () => removeSnapshot(operation, record))
      removedSnapshots.push(record.name)
    } catch (error) {
      // The next call looks again.
      if (!isPgforkError(error, 'BUSY')) throw error
    }
  }
  return { removedSnapshots, removedSegments: await pruneWal(operation, history) }
}

interface Timed {
  readonly record: BaseSnapshot
  readonly createdAt: Date
}

/** Tells whether all segments are kept from a snapshot to a later one; that in which the later one begins is its own. */
function keptWal(history: HistoryRecord): (from: BaseSnapshot, to: BaseSnapshot) => boolean {
  const { segmentBytes } = history
  using folder = openHistoryFolder(history)
  const historiesFrom = historiesIn(folder)
  const complete = keptSegments(folder, segmentBytes).filter(({ isComplete }) => isComplete)
  const numbers = new Set(complete.map(({ number }) => number))
  return (from, to) => {
    const { history: followed } = followedHistory(historiesFrom, from.source.timeline, locationOf(from))
    if (!continues(followed, to.source.timeline, locationOf(to))) return false
    for (let number = firstSegmentOf(from, segmentBytes); number < firstSegmentOf(to, segmentBytes); number++)
      if (!numbers.has(number)) return false
    return true
  }
}
