import { isPgforkError } from '../../errors/pgfork-error.ts'
import { baseSnapshots, isOf } from '../../history/history-snapshots.ts'
import { chooseExpired, type KeepRule, timesInOrder } from '../../history/keep-rules.ts'
import { pruneWal } from '../../history/prune-wal.ts'
import type { Operation } from '../../operation/operation.ts'
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

/** Removes the snapshots that no rule keeps, but for those that the storage needs for a fork, and then the WAL that none needs. */
export async function pruneHistory(
  operation: Operation,
  history: HistoryRecord,
  rules: readonly KeepRule[],
): Promise<PrunedHistory> {
  const snapshots = (await baseSnapshots(operation, history)).filter(isOf(history))
  const times = timesInOrder(snapshots.map(({ createdAt }) => new Date(createdAt)))
  const timed = snapshots.map((record, index) => ({ record, createdAt: times[index] as Date }))
  const removedSnapshots: string[] = []
  for (const { record } of chooseExpired(timed, rules)) {
    try {
      await withNameLock(operation, record.name, () => removeSnapshot(operation, record))
      removedSnapshots.push(record.name)
    } catch (error) {
      // The next collection of garbage looks again.
      if (!isPgforkError(error, 'BUSY')) throw error
    }
  }
  return { removedSnapshots, removedSegments: await pruneWal(operation, history) }
}
