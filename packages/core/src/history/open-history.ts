import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { invalidOption } from '../errors/invalid-option.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { checkPlace } from '../files/check-place.ts'
import type { Operation } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { type HistoryRecord, historyName, historyStore } from '../records/history-record.ts'
import { isBelow } from '../storage/kit/is-below.ts'
import { makeHistoryFolder } from './history-folder.ts'
import { isOf, readBaseSnapshots } from './history-snapshots.ts'

export interface WantedHistory {
  readonly keep: string
  /** Where the WAL is kept. Default: where it was, else in the state directory. */
  readonly directory: string | undefined
}

/**
 * The record of a source's history, which is made before anything that it names. Whoever calls is the only one who records it.
 *
 * @throws PgforkError `INVALID_OPTION` for another directory than that in which the history is, `PERMISSION_DENIED`
 */
export async function openHistory(
  operation: Operation,
  { dataDirectory, control, major }: Inspection,
  { keep, directory }: WantedHistory,
): Promise<HistoryRecord> {
  const { systemIdentifier, walSegmentBytes: segmentBytes } = control
  const { state } = operation
  const store = historyStore(state)
  const name = historyName(systemIdentifier, dataDirectory)
  const walDirectory = join(directory ?? state.histories, `${name}.wal`)
  const known = await store.find(name)
  if (known === undefined) {
    if (isBelow(walDirectory, dataDirectory)) throw invalidOption('directory', 'outside of the source', directory)
    checkPlace(dirname(walDirectory), 'Or keep the history in another "directory".')
    const createdAt = new Date().toISOString()
    const facts = { name, createdAt, dataDirectory, systemIdentifier, major, segmentBytes, walDirectory, keep }
    const record: HistoryRecord = { version: 1, ...facts }
    await store.create(record)
    makeHistoryFolder(record)
    return record
  }
  if (directory !== undefined && known.walDirectory !== walDirectory)
    throw new PgforkError(
      'INVALID_OPTION',
      `The history of ${dataDirectory} is kept in ${known.walDirectory}. Leave "directory" out, or remove the history first.`,
      { facts: { option: 'directory', walDirectory: known.walDirectory } },
    )
  if (known.segmentBytes !== segmentBytes) throw resized(known, segmentBytes)
  if (!existsSync(known.walDirectory) && !(await holdsAny(operation, known))) makeHistoryFolder(known)
  if (known.keep === keep && known.major === major) return known
  const changed = { ...known, keep, major }
  await store.replace(changed)
  return changed
}

/** Whether WAL may be kept of it: the call that began it may have been killed before it made the folder. */
async function holdsAny(operation: Operation, history: HistoryRecord): Promise<boolean> {
  const { snapshots, areAll } = await readBaseSnapshots(operation, history)
  return !areAll || snapshots.some(isOf(history))
}

/** `pg_resetwal --wal-segsize` begins other WAL, in files whose names count differently. */
const resized = ({ dataDirectory, segmentBytes }: HistoryRecord, found: number): PgforkError =>
  new PgforkError(
    'HISTORY_DIVERGED',
    `The segments of ${dataDirectory} have ${found} bytes, and those that are kept of it ${segmentBytes}: its WAL was begun anew. Forks of ` +
      'the moments so far are still possible. To begin anew, remove its history.',
    { hazard: 'H79', facts: { dataDirectory, segmentBytes: found, keptSegmentBytes: segmentBytes } },
  )
