import type { ClientBase } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'

/** Many more than a server keeps for later. */
const mostSegments = 10_000

/**
 * Makes the server go on in fresh WAL: what it wrote so far is in no file any more. Two checkpoints are needed, since before
 * 11 the WAL of the one before the last is kept. Those segments that the server doesn't remove but renames, to write into them
 * later, still have their old content; they are written over.
 *
 * @throws PgforkError `PREPARE_FAILED`
 */
export async function leaveWalBehind(client: ClientBase): Promise<void> {
  await checkpointTwice(client)
  for (let count = 0; (await isFileAhead(client)) && count < mostSegments; count++) await switchSegment(client)
  const { rows } = await client.query<{ first: string }>('select pg_walfile_name(pg_current_wal_lsn()) as first')
  await checkpointTwice(client)
  const { rows: old } = await client.query<{ name: string }>(
    `select name from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and substr(name, 9) < substr($1, 9) order by name`,
    [rows[0]?.first],
  )
  if (old.length === 0) return
  throw new PgforkError(
    'PREPARE_FAILED',
    `The server keeps ${old.length} old files of its WAL, from ${old[0]?.name} on. Give no wal_keep_size, and drop replication slots.`,
    { hazard: 'H68', facts: { files: old.map(({ name }) => name) } },
  )
}

async function checkpointTwice(client: ClientBase): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await switchSegment(client)
    await client.query('checkpoint')
  }
}

/** The rest of a segment that is left is written as zeros (CopyXLogRecordToWAL in xlog.c). One without a record is not left. */
async function switchSegment(client: ClientBase): Promise<void> {
  await client.query(`select pg_logical_emit_message(false, 'pgfork', '')`)
  await client.query('select pg_switch_wal()')
}

/** Whether there is a file, of whatever timeline, that the server hasn't come to yet. */
async function isFileAhead(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ isAhead: boolean }>(
    `select max(substr(name, 9)) > substr(pg_walfile_name(pg_current_wal_lsn()), 9) as "isAhead"
       from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'`,
  )
  return rows[0]?.isAhead === true
}
