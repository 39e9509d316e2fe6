import { messageOf } from '../errors/message-of.ts'
import { Directory } from '../files/directory.ts'
import { keepWal } from '../history/keep-wal.ts'
import { closeSegments, type LiveSegment, listSegments, openSegments } from '../history/live-segments.ts'
import type { Operation } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { openWal } from '../postgres/source/read-layout.ts'
import { findHistory, type HistoryRecord } from '../records/history-record.ts'
import { checkFolderSpace, type SpaceThresholds } from './check-space.ts'

/**
 * Runs something that makes a checkpoint of the source, after which it may give up WAL: where a history of it is kept, what it has written
 * is copied before. What it writes between the copying and the checkpoint lies in files that are held open meanwhile, whatever
 * becomes of their names. A failure is no reason not to fork: the history has a gap, and the next call of recordHistory tells why.
 */
export async function keepingHistory<T>(
  operation: Operation,
  inspection: Inspection,
  thresholds: SpaceThresholds,
  checkpoint: () => Promise<T>,
): Promise<T> {
  const history = await findHistoryOf(operation, inspection)
  if (history === undefined) return checkpoint()
  const admit = (root: string, bytes: number) => checkFolderSpace({ root, pool: 'the history' }, bytes, thresholds)
  const orWarn = async <T>(pending: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await pending
    } catch (error) {
      operation.warn(`WAL for the history of ${history.dataDirectory} could not be kept. ${messageOf(error)}`)
      return otherwise
    }
  }
  let kept = await orWarn(keepWal(operation, history, { admit }), undefined)
  // While much is copied, the source may write more than can be held.
  for (let round = 1; round < mostRounds && (kept?.segments ?? 0) > fewSegments; round++)
    kept = await orWarn(keepWal(operation, history, { admit }), undefined)
  const held = await orWarn(hold(inspection, kept?.newest), [])
  try {
    const result = await checkpoint()
    await orWarn(keepWal(operation, history, { held, admit }), undefined)
    return result
  } finally {
    await closeSegments(held)
  }
}

async function findHistoryOf(
  { state, warn }: Operation,
  { dataDirectory, control, remote }: Inspection,
): Promise<HistoryRecord | undefined> {
  if (remote !== undefined) return undefined
  try {
    const history = await findHistory(state, dataDirectory)
    return history?.systemIdentifier === control.systemIdentifier ? history : undefined
  } catch (error) {
    warn(`Whether a history of ${dataDirectory} is kept can't be told. ${messageOf(error)}`)
    return undefined
  }
}

/** Of those that are copied in a moment. */
const fewSegments = 8

/** More than is written while so few are copied. */
const mostHeld = 32

/** Where a source writes faster than it can be copied, its segments never become few. */
const mostRounds = 5

/** What the source is writing now, and what it will write next. */
async function hold(
  { dataDirectory, control, layout }: Inspection,
  newest: number | undefined,
): Promise<LiveSegment[]> {
  if (newest === undefined) return []
  using directory = Directory.open(dataDirectory)
  using wal = openWal(directory, layout)
  return await openSegments(wal, listSegments(wal, control.walSegmentBytes, newest, newest + mostHeld))
}
