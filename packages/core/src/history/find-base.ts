import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { WantedMoment } from '../postgres/moment/moment.ts'
import { openWal } from '../postgres/moment/open-wal.ts'
import { findHistory } from '../records/history-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { chooseSnapshot } from './choose-snapshot.ts'
import { readCoverage } from './coverage.ts'
import { openHistoryFolder } from './history-folder.ts'
import { baseSnapshots } from './history-snapshots.ts'

export interface FoundBase {
  readonly snapshot: SnapshotRecord
  /** All folders with WAL that lead from it to the moment, besides the source's own. */
  readonly wal: readonly string[]
}

/**
 * Which snapshot of a source a fork of a past moment is made from, and where its WAL is: what its history keeps, and what the caller names.
 *
 * @throws PgforkError `HISTORY_NOT_FOUND`, `MOMENT_NOT_COVERED`, `MOMENT_NOT_FOUND`, `INVALID_OPTION` for a folder that can't be opened
 */
export async function findBase(
  operation: Operation,
  dataDirectory: string,
  wanted: WantedMoment,
  folders: readonly string[],
): Promise<FoundBase> {
  const { state, signal } = operation
  const history = await findHistory(state, dataDirectory)
  if (history === undefined) throw noHistory(dataDirectory)
  const { segmentBytes, major, walDirectory } = history
  const snapshots = await baseSnapshots(operation, history)
  if (snapshots.length === 0) throw noHistory(dataDirectory)
  using folder = openHistoryFolder(history)
  const all = [walDirectory, ...folders]
  using wal = await openWal(history, all)
  const stretches = await readCoverage({ snapshots, folder, wal, segmentBytes, major })
  const snapshot = await chooseSnapshot({ wanted, stretches, wal, segmentBytes, major, signal })
  return { snapshot, wal: all }
}

export const noHistory = (dataDirectory: string): PgforkError =>
  new PgforkError(
    'HISTORY_NOT_FOUND',
    `No history of ${dataDirectory} is kept in this state directory. Begin one with recordHistory, for moments from then on; for a moment ` +
      'after a snapshot that you have, give the snapshot as source.',
    { facts: { dataDirectory } },
  )
