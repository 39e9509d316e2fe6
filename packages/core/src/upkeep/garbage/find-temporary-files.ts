import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { findUnsafe } from '../../files/check-place.ts'
import { temporarySuffix } from '../../history/history-folder.ts'
import { walLock } from '../../history/keep-wal.ts'
import type { Operation } from '../../operation/operation.ts'
import { type HistoryRecord, historyStore } from '../../records/history-record.ts'
import { isTemporary } from '../../state/atomic-file.ts'
import { tryLock } from '../../state/lock.ts'
import type { Finder, Removable } from './garbage.ts'

/** Longer than anybody takes to write a record. */
export const oldMs = 10 * 60_000

/** Records, claims, or the identity of the state directory, that somebody was writing when he was killed, and WAL that he was copying. */
export const findTemporaryFiles: Finder = async (operation) => [
  ...(await findRecords(operation)),
  ...(await findCopies(operation)),
]

async function findRecords({ state }: Operation): Promise<Removable[]> {
  const found: Removable[] = []
  // Other packages keep records there as well.
  const { path, timelines } = state
  for (const folder of [path, ...(await foldersIn(path)), ...(await foldersIn(timelines))])
    for (const name of (await readdir(folder).catch(() => [])).filter(isTemporary)) {
      const file = join(folder, name)
      if (!(await isOld(file))) continue
      found.push({
        kind: 'temporary file',
        name: file,
        reason: 'it was never finished',
        remove: () => rm(file, { force: true }),
      })
    }
  return found
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name))
}

/** The next call that records the history removes them, too, if there is one. */
async function findCopies(operation: Operation): Promise<Removable[]> {
  const store = historyStore(operation.state)
  const found: Removable[] = []
  for (const record of await Promise.all(
    (await store.names()).map((name) => store.find(name).catch(() => undefined)),
  )) {
    if (record === undefined || findUnsafe(record.walDirectory) !== undefined) continue
    for (const name of await readdir(record.walDirectory).catch(() => [])) {
      const path = join(record.walDirectory, name)
      if (!name.endsWith(temporarySuffix) || !(await isOld(path))) continue
      found.push({
        kind: 'temporary file',
        name: path,
        reason: 'it was never finished',
        remove: () => removeCopy(operation, record, path),
      })
    }
  }
  return found
}

/** Where the clock was set forward, what somebody is copying at the moment seems old. @throws PgforkError `BUSY` */
async function removeCopy({ state, runner, signal }: Operation, record: HistoryRecord, path: string): Promise<void> {
  const isDone = await tryLock(walLock(state, record), { runner, signal }, () => rm(path, { force: true }))
  if (isDone) return
  throw new PgforkError(
    'BUSY',
    `${path} may be in the making: somebody copies WAL of ${record.dataDirectory} at the moment.`,
    {
      facts: { path },
    },
  )
}

async function isOld(path: string): Promise<boolean> {
  const written = await stat(path).catch(() => undefined)
  return written !== undefined && Date.now() - written.mtimeMs >= oldMs
}
