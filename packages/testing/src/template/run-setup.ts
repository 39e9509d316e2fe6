import { type Fork, PgforkError } from '@pgfork/core'
import { connectionStringOf, openInternalSession, readLogTail } from '@pgfork/core/companion'
import { type Client, escapeIdentifier } from 'pg'
import { clientOptions, openClient } from '../server/open-client.ts'
import type { Setup, SetupServer } from './template-options.ts'

export interface RunSetupRequest {
  readonly fork: Fork
  readonly major: number
  readonly connection: SetupServer['connection']
  readonly setup: Setup | undefined
  readonly signal: AbortSignal | undefined
}

/** Makes the database, runs `setup`, and vacuums and analyzes, so that the servers don't have to. */
export async function runSetup(request: RunSetupRequest): Promise<void> {
  const { fork, connection, setup, signal } = request
  const { dataDirectory } = fork
  await createDatabase(request)
  const client = openClient({ connection, dataDirectory })
  await client.connect()
  try {
    await setup?.({ client, connection, connectionString: connectionStringOf(connection) })
    signal?.throwIfAborted()
    await refuseUnfinished(client, request)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PgforkError(
      'SETUP_FAILED',
      `The template's setup failed: ${reason}\nThe server's log ends with:\n${await readLogTail(fork.logFile)}`,
      { cause: error },
    )
  } finally {
    await client.end().catch(() => {})
  }
  await vacuum(request)
}

const openOwnSession = async ({ fork, major }: RunSetupRequest): Promise<Client> =>
  (await openInternalSession({ ...clientOptions(fork), major })).client

async function createDatabase(request: RunSetupRequest): Promise<void> {
  const { database } = request.connection
  const client = await openOwnSession(request)
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}

/**
 * That all is done and committed, whoever has connected: what is not would be lost, or half of it, and the template would be kept so for all
 * tests (H130).
 */
async function refuseUnfinished(given: Client, request: RunSetupRequest): Promise<void> {
  if (isBusy(given)) throw unfinished('a statement of its client was still under way')
  const client = await openOwnSession(request)
  try {
    const { rows } = await client.query<{ application: string; state: string }>(
      `select application_name as application, state from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and state ~ '^(active|idle in transaction)'`,
    )
    const [found] = rows
    if (found !== undefined) throw unfinished(`the session ${JSON.stringify(found.application)} was ${found.state}`)
  } finally {
    await client.end()
  }
}

const unfinished = (what: string): Error =>
  new Error(
    `it ended although ${what}. Await or return all that it does, commit, and end your own connections: a template must be whole.`,
  )

/** node-postgres knows it and doesn't type it. Of a statement that has failed the end may not have come yet. */
function isBusy(client: Client): boolean {
  const { _activeQuery, _queryQueue } = client as unknown as { _activeQuery?: object | null; _queryQueue?: unknown[] }
  return (_activeQuery ?? undefined) !== undefined || (_queryQueue ?? []).length > 0
}

/** In a new session, since `setup` may have changed the settings of its own. */
async function vacuum({ fork: { dataDirectory }, connection }: RunSetupRequest): Promise<void> {
  const client = openClient({ connection, dataDirectory })
  await client.connect()
  try {
    await client.query('vacuum (freeze, analyze)')
  } finally {
    await client.end()
  }
}
