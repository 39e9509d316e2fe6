import type { Client } from 'pg'
import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { type CallerFunction, callerSessions } from '../postgres/sql/caller-sessions.ts'
import type { SuperuserConnection } from '../postgres/sql/connect-as-superuser.ts'
import { abortable } from '../process/abortable.ts'
import type { StartableFork } from '../records/fork-record.ts'
import type { Access } from './access.ts'

/** Changes a fork while nobody else can connect to it, for example to mask what is personal. */
export type Prepare = CallerFunction

export interface RunPrepareRequest {
  readonly superuser: SuperuserConnection
  readonly access: Access
  readonly prepare: Prepare
}

/**
 * Runs the caller's `prepare` in sessions of its own. What it leaves in an open transaction would be lost without a word.
 *
 * @throws PgforkError `PREPARE_FAILED` with the caller's error as its cause
 */
export async function runPrepare(
  operation: Operation,
  fork: StartableFork,
  { superuser, access, prepare }: RunPrepareRequest,
): Promise<void> {
  const sessions = callerSessions(access.connect, fork.database)
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
    throw new PgforkError('PREPARE_FAILED', `prepare failed in the database ${fork.database}: ${messageOf(error)}`, {
      cause: error,
      facts: { database: fork.database },
    })
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
