import { join } from 'node:path'
import type { Client } from 'pg'
import { PgforkError } from '../errors/pgfork-error.ts'
import { replaceFileAt } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { accessFile } from '../postgres/files/paths.ts'
import { openAccess } from '../postgres/sanitize/access-rules.ts'
import { type CallerFunction, callerSessions } from '../postgres/sql/caller-sessions.ts'
import type { SuperuserConnection } from '../postgres/sql/connect-as-superuser.ts'
import { abortable } from '../process/abortable.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { StartableFork } from '../records/fork-record.ts'

/** Changes a fork while nobody else can connect to it, for example to mask what is personal. */
export type Prepare = CallerFunction

/**
 * Runs the caller's `prepare` in sessions of its own. What it leaves in an open transaction would be lost without a word.
 *
 * @throws PgforkError `PREPARE_FAILED` with the caller's error as its cause
 */
export async function runPrepare(
  operation: Operation,
  fork: StartableFork,
  superuser: SuperuserConnection,
  prepare: Prepare,
): Promise<void> {
  const sessions = callerSessions(superuser.connectPlainly, fork.database)
  const run = async (): Promise<void> => {
    await prepare(await sessions.context.connect(), sessions.context)
    const unfinished = [...(await sessions.transactions()), ...(await findOpenTransactions(superuser.client))]
    if (unfinished.length > 0) throw new Error(unfinishedReasons[unfinished[0] as 'open' | 'failed'])
  }
  try {
    // How long a caller's function may take is the caller's matter, who has the signal.
    await abortable(run(), { what: 'prepare', timeoutMs: 2 ** 31 - 1, signal: operation.signal })
  } catch (error) {
    if (error instanceof PgforkError && error.code === 'ABORTED') throw error
    throw new PgforkError(
      'PREPARE_FAILED',
      `prepare failed in the database ${fork.database}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, facts: { database: fork.database } },
    )
  } finally {
    await sessions.end()
  }
}

const unfinishedReasons = {
  open: 'it ended inside an open transaction, whose changes are lost without COMMIT. Commit it, and await every statement.',
  failed: 'it ended inside a failed transaction, whose changes are lost. Let its error through, or begin anew.',
}

/** Of whatever sessions it may have opened otherwise: nobody else gets in meanwhile. */
async function findOpenTransactions(client: Client): Promise<'open'[]> {
  const { rows } = await client.query(
    `select from pg_locks join pg_stat_activity using (pid)
      where locktype = 'virtualxid' and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  )
  return rows.map(() => 'open')
}

/** Lets everybody in who may: the server has read the new rules when a new session says so. */
export async function openAccessNow(
  operation: Operation,
  fork: StartableFork,
  administrator: SuperuserConnection,
): Promise<void> {
  replaceFileAt(join(fork.server.dataDirectory, accessFile), openAccess, fork.owner)
  const { rows } = await administrator.client.query<{ before: Date }>(
    'select pg_conf_load_time() as before, pg_reload_conf()',
  )
  const before = rows[0]?.before.getTime() ?? 0
  await waitUntil(
    async () => {
      const fresh = await administrator.connect()
      try {
        const loaded = await fresh.query<{ at: Date }>('select pg_conf_load_time() as at')
        return (loaded.rows[0]?.at.getTime() ?? 0) > before
      } finally {
        await fresh.end()
      }
    },
    { what: 'The reload of the access rules', timeoutMs: operation.timeouts.verifyMs, signal: operation.signal },
  )
}
