import type { Client } from 'pg'
import { PgforkError } from '../errors/pgfork-error.ts'

/** A running base backup in the low-level protocol (manual, "Making a Base Backup Using the Low Level API"). */
export interface StartedBackup {
  /** Ends it and returns what a restore needs besides the files. */
  stop(): Promise<FinishedBackup>
}

export interface FinishedBackup {
  /** Content of `backup_label`. */
  readonly label: string
  /** Location in the WAL up to which it must be replayed. */
  readonly stopLocation: string
}

/** From 15 on the functions have new names; exclusive backups, which 14 and earlier also have, are never used. */
const firstMajorWithNewNames = 15

/**
 * Starts a backup on the session of `client`, which must stay open until it is stopped. A temporary replication slot
 * keeps the WAL that the backup needs from being recycled; it goes with the session.
 */
export async function startBackup(client: Client, major: number, name: string): Promise<StartedBackup> {
  const slot = `pgfork_${name.replaceAll(/[^a-z0-9_]/g, '_')}`
  await client.query('select pg_create_physical_replication_slot($1, true, true)', [slot]).catch((error: unknown) => {
    throw new PgforkError(
      'CONNECTION_REQUIRED',
      `A temporary replication slot, which keeps the source's WAL during the copy, cannot be made: ${String(error)}. ` +
        'Connect as a superuser or a role with REPLICATION, and raise max_replication_slots if all are in use.',
      { hazard: 'H4', cause: error },
    )
  })
  await client.query(
    major >= firstMajorWithNewNames ? 'select pg_backup_start($1, true)' : 'select pg_start_backup($1, true, false)',
    [`pgfork ${name}`],
  )
  return { stop: () => stopBackup(client, major) }
}

async function stopBackup(client: Client, major: number): Promise<FinishedBackup> {
  const call = major >= firstMajorWithNewNames ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'
  const { rows } = await client.query<{ lsn: string; labelfile: string }>(`select lsn, labelfile from ${call}`)
  const [row] = rows
  if (row === undefined) throw new PgforkError('SOURCE_LOST', 'The source ended the backup without telling its label.')
  return { label: row.labelfile, stopLocation: row.lsn }
}
