import { type Client, DatabaseError } from 'pg'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { checkSystemIdentifier } from '../postgres/files/system-identifier.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { waitAtMost } from '../process/wait-until.ts'
import { type Reach, withReplication } from './open-sessions.ts'
import { describeAddress } from './server-address.ts'

/** What a server says of itself by the replication protocol. */
export interface IdentifiedServer {
  readonly systemIdentifier: string
  readonly timeline: number
  /** Up to where its WAL is flushed. */
  readonly location: string
}

export async function identifyServer(client: Client): Promise<IdentifiedServer> {
  const { rows } = await client.query<{ systemid: string; timeline: number; xlogpos: string }>('IDENTIFY_SYSTEM')
  const { systemid, timeline, xlogpos } = rows[0] ?? {}
  return { systemIdentifier: checkSystemIdentifier(systemid), timeline: Number(timeline), location: String(xlogpos) }
}

/** Why a server doesn't give a standby what it needs next; undefined where it does. */
export type Refusal = 'behind' | 'diverged' | 'without slot' | undefined

const notInPrerequisiteState = '55000'
const objectInUse = '55006'

/** By the codes of the server's errors. Those about timelines and positions have none of their own (walsender.c). */
const refusals: Readonly<Record<string, Refusal>> = {
  '58P01': 'behind',
  [notInPrerequisiteState]: 'behind',
  XX000: 'diverged',
  '42704': 'without slot',
}

/** How long a server that begins to send may take until it finds that it can't. */
const hearingMs = 1_500

/**
 * Asks for the WAL from a location on, as the standby does, and ends when it comes. node-postgres doesn't know the answer of a server that
 * begins to send, and calls it invalid; that a segment is gone the server only finds afterwards, and then says so.
 *
 * @throws DatabaseError for what says nothing about the WAL: the server shuts down, or has no memory
 */
export async function askForWal(
  reach: Reach,
  bounds: SessionBounds,
  { location, timeline, slot }: { location: string; timeline: number; slot: string | undefined },
): Promise<Refusal> {
  const from = slot === undefined ? '' : `SLOT "${slot}" `
  return withReplication(reach, bounds, async (client) => {
    let heard: DatabaseError | 'sends' | undefined
    client.on('error', (error) => {
      if (isAnswer(error)) heard = error
    })
    client.connection.on('copyData', () => {
      heard ??= 'sends'
    })
    try {
      await client.query(`START_REPLICATION ${from}PHYSICAL ${location} TIMELINE ${timeline}`)
    } catch (error) {
      if (isPgforkError(error)) throw error
      if (isAnswer(error)) return meaningOf(error)
    }
    await waitAtMost(async () => heard, { what: 'WAL', timeoutMs: hearingMs, signal: bounds.signal })
    return heard === undefined || heard === 'sends' ? undefined : meaningOf(heard)
  })
}

/** The server's word, and not that the standby itself is asking with its slot. */
const isAnswer = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.code !== objectInUse

function meaningOf(error: DatabaseError): Refusal {
  const meaning = refusals[error.code ?? '']
  if (meaning === undefined) throw error
  return meaning
}

/** A slot that keeps the WAL from now on, whether or not somebody fetches it. */
export async function makeSlot(reach: Reach, bounds: SessionBounds, slot: string): Promise<void> {
  await withReplication(reach, bounds, (client) => createSlot(client, reach, `"${slot}" PHYSICAL RESERVE_WAL`))
}

/** @throws PgforkError `SETTING_REFUSED` where there is no place for it, or none may be */
async function createSlot(client: Client, { address }: Reach, words: string): Promise<void> {
  await client.query(`CREATE_REPLICATION_SLOT ${words}`).catch((error: unknown) => {
    if (!(error instanceof DatabaseError && ['53400', notInPrerequisiteState].includes(error.code ?? ''))) throw error
    throw new PgforkError(
      'SETTING_REFUSED',
      `The server of ${describeAddress(address)} makes no slot that keeps its WAL: ${error.message}. Raise max_replication_slots there, by 2 for a ` +
        'standby with a slot of its own, and restart it; or drop slots that nobody uses.',
      { hazard: 'H94', facts: { host: address.host, port: address.port }, cause: error },
    )
  })
}

/**
 * Has a server keep its WAL for as long as an action takes: by a slot that goes with its session, and so with this process. pg_basebackup could do
 * that as well, by a second process of its own; but that one survives it when it is killed, and keeps WAL for ever (H94). The session says nothing
 * meanwhile, for which the server may end others; where the network is cut or this machine is lost, the server ends it by its `keepAlive`.
 */
export const keepingWal = <T>(
  reach: Reach,
  bounds: SessionBounds,
  major: number,
  action: () => Promise<T>,
): Promise<T> =>
  withReplication(
    reach,
    bounds,
    async (client) => {
      await createSlot(client, reach, `"pgfork_seed_${randomCharacters(12)}" TEMPORARY PHYSICAL RESERVE_WAL`)
      return await action()
    },
    major >= 14 ? { idle_session_timeout: '0' } : undefined,
  )

const undefinedObject = '42704'

/** Succeeds when there is none. Whoever has it just lost its connection, which the server may not know yet: it waits for that. */
export async function dropSlot(reach: Reach, bounds: SessionBounds, slot: string): Promise<void> {
  await withReplication(reach, bounds, (client) => client.query(`DROP_REPLICATION_SLOT "${slot}" WAIT`)).catch(
    (error: unknown) => {
      if (isPgforkError(error) || (error as { code?: string }).code !== undefinedObject) throw error
    },
  )
}
