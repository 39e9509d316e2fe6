import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { PostmasterPid } from '../files/postmaster-pid.ts'

/** The lock file notes the second in which the postmaster began, the server a moment of its start-up. */
const startToleranceSeconds = 60

/**
 * Proves that a connection leads to the server of this very data directory, also across containers, where neither
 * pids nor paths agree: by system identifier, port and start time. None of them needs a privilege.
 *
 * @throws PgforkError `SOURCE_NOT_FOUND`
 */
export async function checkSameCluster(
  client: Client,
  dataDirectory: string,
  postmaster: PostmasterPid | undefined,
  systemIdentifier: string,
): Promise<void> {
  const { rows } = await client.query<{ identifier: string; port: number; started: number }>(
    `select system_identifier::text as identifier, current_setting('port')::int as port,
            extract(epoch from pg_postmaster_start_time())::float8 as started
       from pg_control_system()`,
  )
  const [found] = rows
  if (
    found !== undefined &&
    postmaster !== undefined &&
    found.identifier === systemIdentifier &&
    found.port === postmaster.port &&
    Math.abs(found.started - postmaster.startedAtSeconds) < startToleranceSeconds
  )
    return
  throw new PgforkError(
    'SOURCE_NOT_FOUND',
    `The connection leads to another server than the one of ${dataDirectory}. Give source.connection its host and port.`,
    { facts: { dataDirectory, systemIdentifier, found: found?.identifier, port: found?.port } },
  )
}
