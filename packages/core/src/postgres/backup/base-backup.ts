import type { Client } from 'pg'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { randomCharacters } from '../../names/random-characters.ts'
import { isRefusal } from '../sql/is-refusal.ts'
import { conflictsWithRecovery, isRecoveryConflict } from '../sql/recovery-conflict.ts'

/** A running base backup in the low-level protocol (manual, "Making a Base Backup Using the Low Level API"). */
export interface StartedBackup {
  /** Ends it and returns what a restore needs besides the files. @throws PgforkError `SOURCE_CHANGED`, `SOURCE_LOST` */
  stop(): Promise<FinishedBackup>
}

export interface FinishedBackup {
  /** Content of `backup_label`. */
  readonly label: string
  /** Location in the WAL up to which it must be replayed. */
  readonly stopLocation: string
}

export interface StartBackupRequest {
  readonly major: number
  /** Of the snapshot, for people. */
  readonly name: string
  /** Its checkpoint takes its time, as those that a server makes by itself. */
  readonly isSpread: boolean
}

/** From 15 on the functions have new names; exclusive backups, which 14 and earlier also have, are never used. */
const firstMajorWithNewNames = 15

/**
 * Starts a backup on the session of `client`, which must stay open until it is stopped. A temporary replication slot
 * keeps the WAL that the backup needs from being recycled; it goes with the session.
 *
 * @throws PgforkError `CONNECTION_REQUIRED`, `SETTING_REFUSED`, `SOURCE_LOST`
 */
export async function startBackup(
  client: Client,
  { major, name, isSpread }: StartBackupRequest,
): Promise<StartedBackup> {
  // Named at random, since two forks' names may differ in characters that a slot's can't have.
  await client
    .query('select pg_create_physical_replication_slot($1, true, true)', [`pgfork_${randomCharacters(12)}`])
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw lost(error)
      throw new PgforkError(
        'CONNECTION_REQUIRED',
        `The source refuses a temporary replication slot, which would keep its WAL during the copy: ${messageOf(error)}. ` +
          'Connect as a superuser or as a role with REPLICATION; if all slots are in use, raise max_replication_slots.',
        { hazard: 'H4', cause: error },
      )
    })
  const call = major >= firstMajorWithNewNames ? 'pg_backup_start($1, $2)' : 'pg_start_backup($1, $2, false)'
  await client.query(`select ${call}`, [`pgfork ${name}`, !isSpread]).catch((error: unknown) => {
    if (!isRefusal(error)) throw lost(error)
    if (isRecoveryConflict(error)) throw conflictsWithRecovery(error)
    throw new PgforkError('SETTING_REFUSED', `The source refuses to start a base backup: ${messageOf(error)}.`, {
      hazard: 'H4',
      cause: error,
    })
  })
  return { stop: () => stopBackup(client, major) }
}

async function stopBackup(client: Client, major: number): Promise<FinishedBackup> {
  const call = major >= firstMajorWithNewNames ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'
  const { rows } = await client
    .query<{ lsn: string; labelfile: string }>(`select lsn, labelfile from ${call}`)
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw lost(error)
      // A standby that was promoted meanwhile, for example.
      throw new PgforkError(
        'SOURCE_CHANGED',
        `The source could not finish the base backup: ${messageOf(error)}. The copy is useless and was removed. Try again.`,
        { hazard: 'H4', cause: error },
      )
    })
  const [row] = rows
  if (row === undefined) throw new PgforkError('SOURCE_LOST', 'The source finished the backup without a backup label.')
  return { label: row.labelfile, stopLocation: row.lsn }
}

/** What was given up by us is no end of the source. */
const lost = (error: unknown): PgforkError =>
  isPgforkError(error)
    ? error
    : new PgforkError(
        'SOURCE_LOST',
        `The source stopped during the base backup: ${messageOf(error)}. The copy was removed.`,
        { hazard: 'H4', cause: error },
      )
