import type { Client } from 'pg'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { randomCharacters } from '../names/random-characters.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { waitAtMost } from '../process/wait-until.ts'
import { type Reach, withReplication } from './open-sessions.ts'

/** What a server says of itself by the replication protocol. */
export interface IdentifiedServer {
  readonly systemIdentifier: string
  readonly timeline: number
  /** Up to where its WAL is flushed. */
  readonly location: string
}

export async function identifyServer(client: Client): Promise<IdentifiedServer> {
  const { rows } = await client.query<{ systemid: string; timeline: number; xlogpos: string }>('IDENTIFY_SYSTEM')
  const [row] = rows
  if (row === undefined) throw new PgforkError('CONNECTION_REQUIRED', 'The server does not say who it is.')
  return { systemIdentifier: row.systemid, timeline: Number(row.timeline), location: row.xlogpos }
}

/** Why a server doesn't give a standby what it needs next; undefined where it does. */
export type Refusal = 'behind' | 'diverged' | undefined

const undefinedFile = '58P01'
const notInPrerequisiteState = '55000'
const objectInUse = '55006'

/** How long a server that begins to send may take until it finds that it can't. */
const hearingMs = 1_500

/**
 * Asks for the WAL from a location on, as the standby does, and ends when it comes. node-postgres doesn't know the answer of a server that
 * begins to send, and calls it invalid; that a segment is gone the server only finds afterwards, and then says so.
 */
export async function askForWal(
  reach: Reach,
  bounds: SessionBounds,
  { location, timeline, slot }: { location: string; timeline: number; slot: string | undefined },
): Promise<Refusal> {
  const from = slot === undefined ? '' : `SLOT "${slot}" `
  return withReplication(reach, bounds, async (client) => {
    let heard: Refusal | 'sends'
    client.on('error', (error) => {
      heard = meaningOf(error) ?? heard
    })
    client.connection.on('copyData', () => {
      heard ??= 'sends'
    })
    try {
      await client.query(`START_REPLICATION ${from}PHYSICAL ${location} TIMELINE ${timeline}`)
    } catch (error) {
      if (isPgforkError(error)) throw error
      const meaning = meaningOf(error as Error)
      if (meaning !== undefined) return meaning
    }
    await waitAtMost(async () => heard, { what: 'WAL', timeoutMs: hearingMs, signal: bounds.signal })
    return heard === 'sends' ? undefined : heard
  })
}

/** Undefined for what isn't the server's word, and while the standby itself is asking with its slot. */
function meaningOf(error: Error & { readonly code?: string }): Refusal {
  const { code } = error
  if (code === undefined || code === objectInUse || !/^[0-9A-Z]{5}$/.test(code)) return undefined
  return code === undefinedFile || code === notInPrerequisiteState ? 'behind' : 'diverged'
}

/** A slot that keeps the WAL from now on, whether or not somebody fetches it. */
export async function makeSlot(reach: Reach, bounds: SessionBounds, slot: string): Promise<void> {
  await withReplication(reach, bounds, (client) =>
    client.query(`CREATE_REPLICATION_SLOT "${slot}" PHYSICAL RESERVE_WAL`),
  )
}

/**
 * Has a server keep its WAL for as long as an action takes: by a slot that goes with its session, and so with this process. pg_basebackup could do
 * that as well, by a second process of its own; but that one survives it when it is killed, and keeps WAL for ever (H94).
 */
export const keepingWal = <T>(reach: Reach, bounds: SessionBounds, action: () => Promise<T>): Promise<T> =>
  withReplication(reach, bounds, async (client) => {
    await client.query(`CREATE_REPLICATION_SLOT "pgfork_seed_${randomCharacters(12)}" TEMPORARY PHYSICAL RESERVE_WAL`)
    return await action()
  })

const undefinedObject = '42704'

/** Succeeds when there is none. Whoever has it just lost its connection, which the server may not know yet: it waits for that. */
export async function dropSlot(reach: Reach, bounds: SessionBounds, slot: string): Promise<void> {
  await withReplication(reach, bounds, (client) => client.query(`DROP_REPLICATION_SLOT "${slot}" WAIT`)).catch(
    (error: unknown) => {
      if (isPgforkError(error) || (error as { code?: string }).code !== undefinedObject) throw error
    },
  )
}
