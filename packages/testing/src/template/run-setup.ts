import { type Fork, PgforkError } from '@pgfork/core'
import { connectionStringOf, openInternalSession, readLogTail } from '@pgfork/core/companion'
import { escapeIdentifier } from 'pg'
import { openClient, withoutPassword } from '../server/open-client.ts'
import type { Setup, SetupServer } from './template-options.ts'

export interface RunSetupRequest {
  readonly fork: Fork
  readonly major: number
  readonly connection: SetupServer['connection']
  readonly setup: Setup | undefined
  readonly signal: AbortSignal | undefined
}

/** Makes the database, runs `setup`, and vacuums and analyzes, so that the servers don't have to. */
export async function runSetup({ fork, major, connection, setup, signal }: RunSetupRequest): Promise<void> {
  await createDatabase(fork, major, connection.database)
  const client = openClient(connection)
  await client.connect()
  try {
    await setup?.({ client, connection, connectionString: connectionStringOf(connection) })
    signal?.throwIfAborted()
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
  await vacuum(connection)
}

async function createDatabase(fork: Fork, major: number, database: string): Promise<void> {
  const { client } = await openInternalSession({ ...withoutPassword(fork.connection), major })
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}

/** In a new session, since `setup` may have changed the settings of its own. */
async function vacuum(connection: SetupServer['connection']): Promise<void> {
  const client = openClient(connection)
  await client.connect()
  try {
    await client.query('vacuum (freeze, analyze)')
  } finally {
    await client.end()
  }
}
