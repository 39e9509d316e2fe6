import type { Client } from 'pg'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import type { Operation } from '../../operation/operation.ts'
import { findServer } from '../../postgres/server/find-server.ts'
import type { InspectedSource } from '../../postgres/source/inspect-source.ts'
import { inDatabase } from '../../postgres/sql/databases.ts'
import { isAlive } from '../../process/process-state.ts'
import type { Check } from './verification.ts'

/**
 * That forking did nothing to the source: the same server still runs, with the settings that it had, and its WAL holds
 * nothing of the fork's timeline.
 *
 * @throws PgforkError `SOURCE_LOST`, `SOURCE_CHANGED`
 */
export async function verifySource(
  { inspection, connect, listWal }: InspectedSource,
  forkTimeline: number | undefined,
  operation: Operation,
): Promise<Check[]> {
  const { runner } = operation
  const { dataDirectory, server, hidden } = inspection
  const checks: Check[] = []
  if (server === undefined) {
    if (hidden === undefined && (await findServer(dataDirectory, runner)).status !== 'none')
      throw changed(dataDirectory, 'a server was started on it')
  } else {
    if (!(await isAlive(server, runner)))
      throw new PgforkError(
        'SOURCE_LOST',
        `The source ${dataDirectory} stopped or restarted while it was being forked. Try again.`,
        {
          facts: { dataDirectory, pid: server.pid },
        },
      )
    checks.push({ name: 'the source still runs', found: `pid ${server.pid}` })
  }
  const port = connect && (await askPort(operation, connect))
  if (port !== undefined) {
    if (hidden !== undefined) checks.push({ name: 'the source still runs', found: `it answers at port ${port}` })
    if (server !== undefined && port !== server.port) throw changed(dataDirectory, `its port became ${port}`)
    checks.push({ name: 'the source kept its settings', found: `port ${port}` })
  }
  if (forkTimeline !== undefined) {
    const prefix = forkTimeline.toString(16).toUpperCase().padStart(8, '0')
    const names = await listWal()
    const foreign = names?.filter((name) => name.startsWith(prefix)) ?? []
    if (foreign.length > 0)
      throw changed(dataDirectory, `its pg_wal holds ${foreign.join(', ')} of the fork's timeline`)
    if (names !== undefined)
      checks.push({ name: "the source's WAL holds nothing of the fork", found: `no file ${prefix}*` })
  }
  return checks
}

/** Every role may see it, which the data directory is not. A server that runs may have no place for one more session. */
async function askPort(operation: Operation, connect: () => Promise<Client>): Promise<number | undefined> {
  try {
    const { rows } = await inDatabase(connect, undefined, (session) =>
      session.query<{ port: number }>(`select current_setting('port')::int as port`),
    )
    return rows[0]?.port
  } catch (error) {
    if (isPgforkError(error, 'ABORTED')) throw error
    operation.warn(`The source was not asked for its settings again, after the fork: ${String(error)}`)
    return undefined
  }
}

const changed = (dataDirectory: string, what: string): PgforkError =>
  new PgforkError('SOURCE_CHANGED', `The source ${dataDirectory} changed while it was being forked: ${what}.`, {
    facts: { dataDirectory, what },
  })
