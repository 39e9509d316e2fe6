import type { WalArchive } from '../archive/wal-archive.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { WantedMoment } from '../postgres/moment/moment.ts'
import { openWal } from '../postgres/moment/open-wal.ts'
import { findHistory } from '../records/history-record.ts'
import { type ChosenSnapshot, chooseSnapshot } from './choose-snapshot.ts'
import { joinStretches, readCoverage } from './coverage.ts'
import { openHistoryFolder } from './history-folder.ts'
import { baseSnapshots } from './history-snapshots.ts'

export interface BaseRequest {
  readonly wanted: WantedMoment
  /** The folders that the caller names. */
  readonly wal: readonly string[]
  readonly archive?: WalArchive | undefined
}

export interface FoundBase extends ChosenSnapshot {
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
  { wanted, wal: folders, archive }: BaseRequest,
): Promise<FoundBase> {
  const { state, signal } = operation
  const history = await findHistory(state, dataDirectory)
  if (history === undefined) throw noHistory(dataDirectory)
  const { segmentBytes, major, walDirectory } = history
  const snapshots = await baseSnapshots(operation, history)
  const [oldest] = snapshots
  if (oldest === undefined) throw noHistory(dataDirectory)
  using folder = openHistoryFolder(history)
  const all = [walDirectory, ...folders]
  using opened = await openWal(history, all)
  await archive?.fetchHistories(oldest.source, oldest.source.timeline)
  const wal = { ...opened, directories: [...opened.directories, ...(archive?.directories ?? [])] }
  const stretches = await readCoverage({ snapshots, folder, wal, segmentBytes, major })
  const search = { wanted, stretches, wal, segmentBytes, major, signal }
  try {
    return { ...(await chooseSnapshot(search)), wal: all }
  } catch (error) {
    if (archive === undefined || !mayBeArchived(error)) throw error
    const chosen = await chooseSnapshot({
      ...search,
      stretches: joinStretches(stretches),
      fetchOf: (followed) => archive.segmentsOf(oldest.source, followed, segmentBytes),
    })
    return { ...chosen, wal: all }
  }
}

/** What is known of a moment doesn't exclude that an archive leads to it. */
const mayBeArchived = (error: unknown): boolean =>
  isPgforkError(error, 'MOMENT_NOT_COVERED') ||
  (isPgforkError(error, 'MOMENT_NOT_FOUND') &&
    error.facts.wasRolledBack !== true &&
    error.facts.locations === undefined)

export const noHistory = (dataDirectory: string): PgforkError =>
  new PgforkError(
    'HISTORY_NOT_FOUND',
    `No history of ${dataDirectory} is kept in this state directory. Begin one with recordHistory, for moments from then on; for a moment ` +
      'after a snapshot that you have, give the snapshot as source.',
    { facts: { dataDirectory } },
  )
