import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'

/**
 * What a server said of itself right before and right after a snapshot of its volume was taken: by it, `proveImage` tells the image of this
 * very moment from those of other servers, and from older copies of the same one. Plain data: kept in the snapshot's record.
 */
export interface ImageEvidence {
  /** When its server began, in seconds since the epoch: a moment after the lock file says so. */
  readonly startedAtSeconds: number
  readonly port: number
  /** Where the replay of the last checkpoint began, before and after. */
  readonly redoBefore: string
  readonly redoAfter: string
  /** All WAL up to here was in the files before. A record ends here. */
  readonly flushed: string
}

type Look = Pick<ImageEvidence, 'startedAtSeconds' | 'port'> & { readonly redo: string }

/** @param flushed up to where its WAL is in its files */
export async function beginEvidence(client: Client, flushed: string): Promise<Omit<ImageEvidence, 'redoAfter'>> {
  const { redo, ...server } = await look(client)
  return { ...server, redoBefore: redo, flushed }
}

/** @throws PgforkError `SOURCE_LOST` where another server answers, or none */
export async function completeEvidence(
  client: Client,
  begun: Omit<ImageEvidence, 'redoAfter'>,
): Promise<ImageEvidence> {
  const { redo, startedAtSeconds } = await look(client).catch((cause: unknown) => {
    throw lost(cause)
  })
  if (startedAtSeconds !== begun.startedAtSeconds) throw lost(undefined)
  return { ...begun, redoAfter: redo }
}

async function look(client: Client): Promise<Look> {
  const { rows } = await client.query<Look>(
    `select extract(epoch from pg_postmaster_start_time())::float8 as "startedAtSeconds", current_setting('port')::int as port,
            redo_lsn::text as redo from pg_control_checkpoint()`,
  )
  return rows[0] as Look
}

const lost = (cause: unknown): PgforkError =>
  new PgforkError('SOURCE_LOST', 'The source stopped or restarted while its volume was captured. Try again.', { cause })
