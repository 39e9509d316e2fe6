import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Operation } from '../operation/operation.ts'
import type { HistoryRecord } from '../records/history-record.ts'
import { withLock } from '../state/lock.ts'
import { openHistoryFolder, removeTemporary } from './history-folder.ts'
import { firstNeeded, isOf, readBaseSnapshots } from './history-snapshots.ts'
import { walLock } from './keep-wal.ts'
import { keptSegments } from './kept-segments.ts'

/** Removes the kept WAL that no snapshot of the history needs any more. @returns how many segments */
export async function pruneWal(operation: Operation, history: HistoryRecord): Promise<number> {
  const { state, runner, signal, warn: onWarning } = operation
  const { segmentBytes } = history
  return withLock(walLock(state, history), { runner, signal, onWarning }, async () => {
    using folder = openHistoryFolder(history)
    removeTemporary(folder)
    const { snapshots, areAll } = await readBaseSnapshots(operation, history)
    // One that can't be read, such as by an older pgfork, may need any of it (H102).
    if (!areAll) return 0
    const first = firstNeeded(snapshots.filter(isOf(history)), segmentBytes)
    const unneeded = keptSegments(folder, segmentBytes).filter(({ number }) => number < first)
    for (const { name } of unneeded) rmSync(join(folder.path, name))
    return unneeded.length
  })
}
