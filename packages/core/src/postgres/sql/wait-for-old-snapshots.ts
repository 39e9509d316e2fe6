import type { ClientBase } from 'pg'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { waitUntil } from '../../process/wait-until.ts'

/**
 * VACUUM keeps rows, however dead, that somebody's snapshot may still see, also VACUUM FULL: those that began before now are
 * waited for, such as an ANALYZE of autovacuum's.
 *
 * @throws PgforkError `PREPARE_FAILED`
 */
export async function waitForOldSnapshots(client: ClientBase, timeoutMs: number): Promise<void> {
  const { rows } = await client.query<{ now: string }>('select (txid_current() % 4294967296)::text as now')
  let holders: string[] = []
  const isGone = async (): Promise<boolean> => {
    const found = await client.query<{ holder: string }>(oldSnapshots, [rows[0]?.now])
    holders = found.rows.map(({ holder }) => holder)
    return holders.length === 0
  }
  try {
    await waitUntil(isGone, { what: 'The end of old snapshots', timeoutMs })
  } catch (error) {
    if (!isPgforkError(error, 'TIMED_OUT')) throw error
    throw new PgforkError(
      'PREPARE_FAILED',
      `Old rows stay in the tables as long as somebody may see them: ${holders.join(', ')}. End these transactions ` +
        "(preparedTransactions: 'rollback' rolls prepared ones back), then call rewriteTables.",
      { hazard: 'H68', facts: { holders } },
    )
  }
}

const oldSnapshots = `
  select format('%s %s', backend_type, pid) as holder from pg_stat_activity
   where pid <> pg_backend_pid() and (age(backend_xmin) > age($1::xid) or age(backend_xid) > age($1::xid))
  union all
  select format('the prepared transaction %s', gid) from pg_prepared_xacts where age(transaction) > age($1::xid)`
