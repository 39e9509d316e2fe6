import { rm } from 'node:fs/promises'
import { PgforkError } from '../errors/pgfork-error.ts'
import { noHistory } from '../history/find-base.ts'
import { openHistoryFolder } from '../history/history-folder.ts'
import { walLock } from '../history/keep-wal.ts'
import { tickLock } from '../history/tick-lock.ts'
import { startOperation } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { findHistory, historyStore } from '../records/history-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import { tryLock, withLock } from '../state/lock.ts'
import { removeLock } from '../state/remove-lock.ts'
import type { HistoryOptions } from './options/history-options.ts'
import { locateDataDirectory } from './options/locate-source.ts'
import { readGivenCluster } from './options/read-source.ts'
import { historyShape } from './options/shapes.ts'

/**
 * Removes the history of a cluster: its snapshots, the WAL that was kept, and at last its record. Forks that were made of it stay, but can't be
 * reset any more.
 *
 * @throws PgforkError `HISTORY_NOT_FOUND`; `STORAGE_MISSING` where the WAL isn't; `BUSY` while it is being recorded, or while the storage needs one
 * of its snapshots for a fork
 */
export async function removeHistory(options: HistoryOptions): Promise<void> {
  checkOptions('removeHistory', options, historyShape)
  const source = readGivenCluster(options.source)
  const operation = await startOperation(options)
  const { state, runner, signal } = operation
  const dataDirectory = await locateDataDirectory(source, operation)
  const history = await findHistory(state, dataDirectory)
  if (history === undefined) throw noHistory(dataDirectory)
  const lock = tickLock(state, history.name)
  const isDone = await tryLock(lock, { runner, signal }, async () => {
    openHistoryFolder(history)[Symbol.dispose]()
    const snapshots = snapshotStore(state)
    for (const name of await snapshots.names()) {
      const record = await snapshots.find(name)
      if (record?.history !== history.name) continue
      await withNameLock(operation, name, () => removeSnapshot(operation, record))
    }
    // Whoever makes a fork may be copying WAL before its checkpoint.
    await withLock(walLock(state, history), { runner, signal, onWarning: operation.warn }, async () => {
      openHistoryFolder(history)[Symbol.dispose]()
      await rm(history.walDirectory, { recursive: true, force: true })
      await historyStore(state).remove(history.name)
    })
    removeLock(walLock(state, history))
    removeLock(lock)
  })
  if (!isDone)
    throw new PgforkError('BUSY', `The history of ${dataDirectory} is being recorded at the moment.`, {
      facts: { dataDirectory },
    })
}
