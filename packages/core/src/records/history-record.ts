import { createHash } from 'node:crypto'
import { z } from 'zod'
import { findSystemIdentifier } from '../postgres/files/control-data.ts'
import { RecordStore } from '../state/record-store.ts'
import type { StateDirectory } from '../state/state-directory.ts'

const historyRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** Of the cluster whose history it is, as all below. */
  dataDirectory: z.string(),
  systemIdentifier: z.string(),
  major: z.number().int(),
  segmentBytes: z.number().int().positive(),
  /** The folder in which its WAL is kept: ours alone, made after this record. */
  walDirectory: z.string(),
  /** Which snapshots stay, as the last call said. */
  keep: z.string(),
  /** The most bytes of WAL between two of its snapshots, right after the second one was taken. */
  mostWrittenBytes: z.number().int().nonnegative().optional(),
})

/** What is stored about a history: that of one cluster in one data directory. Its snapshots have records of their own. */
export type HistoryRecord = z.infer<typeof historyRecord>

export const historyStore = (state: StateDirectory): RecordStore<HistoryRecord> =>
  new RecordStore(state.histories, historyRecord)

/**
 * A primary and its standby have one system identifier, and may be on one machine. An owner chooses his, and the path: with a short digest
 * he would find one with which his history is taken for another's.
 */
export const historyName = (systemIdentifier: string, dataDirectory: string): string =>
  `${systemIdentifier}.${digestOf(dataDirectory)}`

const digestOf = (dataDirectory: string): string =>
  createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)

/**
 * The history of a data directory: that of the cluster which lies there. Where there is none of that, or no cluster, it is the one that was begun
 * last, of those that were there before. Records of others aren't read.
 *
 * @throws PgforkError `STATE_UNUSABLE` for a record that can't be read
 */
export async function findHistory(state: StateDirectory, dataDirectory: string): Promise<HistoryRecord | undefined> {
  const store = historyStore(state)
  const systemIdentifier = findSystemIdentifier(dataDirectory)
  const current = systemIdentifier && (await store.find(historyName(systemIdentifier, dataDirectory)))
  if (current) return current
  const found: HistoryRecord[] = []
  for (const name of await store.names()) {
    if (!name.endsWith(`.${digestOf(dataDirectory)}`)) continue
    const record = await store.find(name)
    if (record?.dataDirectory === dataDirectory) found.push(record)
  }
  return found.sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1))[0]
}
