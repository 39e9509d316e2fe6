import { join } from 'node:path'
import type { Operation } from '../operation/operation.ts'
import { findLiveWal } from '../postgres/moment/wal-folders.ts'
import { type HistoryRecord, historyStore } from '../records/history-record.ts'
import { withLock } from '../state/lock.ts'
import { removeLock } from '../state/remove-lock.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { type CollectedWal, collectWal } from './collect-wal.ts'
import { openHistoryFolder } from './history-folder.ts'
import { baseSnapshots, firstNeeded, isOf, locationOf } from './history-snapshots.ts'
import type { LiveSegment } from './live-segments.ts'

export interface KeepWalOptions {
  readonly held?: readonly LiveSegment[]
  /** As of `collectWal`. */
  readonly onlyComplete?: boolean
  /** Asked before so much is written to a folder; it throws where there is no room. */
  admit(path: string, bytes: number): Promise<void>
}

/** Of whoever changes the kept WAL. Nobody waits for another lock meanwhile. */
export const walLock = (state: StateDirectory, { name }: HistoryRecord): string =>
  join(state.locks, `history-${name}.wal`)

/**
 * Copies what the source has written since the last time, as far as a snapshot of the history needs it. Nothing, where the source is gone.
 *
 * @throws PgforkError `HISTORY_DIVERGED`, `PERMISSION_DENIED`, and what `admit` throws
 */
export async function keepWal(
  operation: Operation,
  history: HistoryRecord,
  { held, onlyComplete = false, admit }: KeepWalOptions,
): Promise<CollectedWal> {
  const { state, runner, signal, warn: onWarning } = operation
  const { segmentBytes, walDirectory } = history
  const nothing: CollectedWal = { segments: 0, bytes: 0, newest: undefined }
  return withLock(walLock(state, history), { runner, signal, onWarning }, async () => {
    // It may have been removed meanwhile, folder and all.
    if ((await historyStore(state).find(history.name)) === undefined) {
      removeLock(walLock(state, history))
      return nothing
    }
    using folder = openHistoryFolder(history)
    const snapshots = (await baseSnapshots(operation, history)).filter(isOf(history))
    const newest = snapshots.at(-1)
    if (newest === undefined) return nothing
    const live = await findLiveWal(history.dataDirectory, history.major, history.systemIdentifier)
    if (live === undefined) return nothing
    using wal = live.directory
    return await collectWal({
      ...{ wal, folder, segmentBytes, onlyComplete, signal },
      from: firstNeeded(snapshots, segmentBytes),
      flushed: locationOf(newest),
      ...(held === undefined ? {} : { held }),
      admit: (bytes) => admit(walDirectory, bytes),
    })
  })
}
