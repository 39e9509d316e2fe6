import type { Client } from 'pg'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { formatLocation } from '../postgres/files/location.ts'
import { beginEvidence, completeEvidence, type ImageEvidence } from '../postgres/source/image-evidence.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { flushedUpTo, longestFlushMs } from './wait-for-wal.ts'

/**
 * Captures a source and, of one on another host, notes around it what will prove that the right thing was captured (H95).
 *
 * @returns undefined where the source's files are on this host
 */
export async function captureWithEvidence(
  operation: Operation,
  source: InspectedSource,
  capture: () => Promise<void>,
): Promise<ImageEvidence | undefined> {
  const { inspection, client } = source
  if (inspection.remote === undefined || client === undefined) {
    await capture()
    return undefined
  }
  const flushed = inspection.isStandby ? await askReplayed(client) : await askFlushed(operation, source)
  const begun = await beginEvidence(client, flushed)
  await capture()
  return completeEvidence(client, begun)
}

async function askFlushed(operation: Operation, source: InspectedSource): Promise<string> {
  const flushed = await flushedUpTo(operation, source, { timeoutMs: longestFlushMs })
  if (flushed !== undefined) return formatLocation(flushed)
  throw new PgforkError(
    'TIMED_OUT',
    `The source did not flush its WAL within ${longestFlushMs} ms, by which a snapshot of it could be told from an older one. Try again.`,
    { hazard: 'H95', facts: { timeoutMs: longestFlushMs } },
  )
}

/** What a standby has replayed, it has flushed before. */
async function askReplayed(client: Client): Promise<string> {
  const { rows } = await client.query<{ replayed: string | null }>('select pg_last_wal_replay_lsn()::text as replayed')
  return rows[0]?.replayed ?? '0/0'
}
