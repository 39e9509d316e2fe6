import { listSnapshots, type RecordedHistory, type RecordHistoryOptions, recordHistory } from '@pgfork/core'
import { waitUntil } from '../wait-until.ts'

/** Keeps every snapshot that `recordInTurn` takes. */
export const keepAll = '1000x1s'

/** Not within a second of the last one, of which the rules would keep one alone. */
export async function recordInTurn(
  options: Omit<RecordHistoryOptions, 'keep'>,
  keep = keepAll,
): Promise<RecordedHistory> {
  const { stateDirectory } = options
  const known = await listSnapshots(stateDirectory === undefined ? {} : { stateDirectory })
  const newest = known.at(-1)?.createdAt.getTime() ?? 0
  const second = Math.floor(newest / 1000)
  await waitUntil(() => Math.floor(Date.now() / 1000) > second, { timeoutMs: 5_000, what: 'next second' })
  return recordHistory({ ...options, keep })
}
