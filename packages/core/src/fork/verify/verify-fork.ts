import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { pidInLockFile, type ServerIdentity } from '../../postgres/server/server-identity.ts'
import type { StartableFork } from '../../records/fork-record.ts'
import type { SnapshotRecord } from '../../records/snapshot-record.ts'
import { checkList } from './check-list.ts'
import type { Check } from './verification.ts'

interface Facts {
  data_directory: string
  port: string
  pid: string
  in_recovery: boolean
  identifier: string
  wal_file: string
  position: string
  not_before: boolean
  written: string
}

/**
 * That the fork is another server than its source, out of recovery and writable, with the source's data: same system
 * identifier, a position not before the source's last checkpoint, a timeline of its own.
 *
 * @throws PgforkError `VERIFICATION_FAILED`
 */
export async function verifyFork(
  client: Client,
  fork: StartableFork,
  snapshot: SnapshotRecord,
  server: ServerIdentity,
): Promise<{ checks: Check[]; position: string; timeline: number }> {
  const { rows } = await client.query<Facts>(
    // A message in the WAL makes the statement a writing transaction without changing any data: its commit is flushed with all that were
    // before it (H24, H68), and waits for standbys that there are none of (H17, H21).
    `select current_setting('data_directory') as data_directory, current_setting('port') as port,
            split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid, pg_is_in_recovery() as in_recovery,
            (select system_identifier::text from pg_control_system()) as identifier,
            pg_walfile_name(pg_current_wal_lsn()) as wal_file, pg_current_wal_lsn()::text as position,
            pg_current_wal_lsn() >= $1::pg_lsn as not_before, pg_logical_emit_message(true, 'pgfork', 'verified')::text as written`,
    [snapshot.source.evidence?.flushed ?? snapshot.source.redoLocation],
  )
  const [facts] = rows
  if (facts === undefined)
    throw new PgforkError('VERIFICATION_FAILED', 'The fork returned no answer to its verification.')
  const timeline = Number.parseInt(facts.wal_file.slice(0, 8), 16)
  const expected = fork.timeline ?? fork.sourceTimeline
  const { checks, check } = checkList(fork.name)
  check('runs as a process of its own', facts.pid === String(pidInLockFile(server)), `pid ${server.pid}`)
  check('works in its own data directory', facts.data_directory === fork.server.dataDirectory, facts.data_directory)
  check('listens on its own port', facts.port === String(fork.server.port), facts.port)
  check('has left recovery and commits', !facts.in_recovery && facts.written !== '', `a commit at ${facts.written}`)
  check('has the system identifier of its source', facts.identifier === fork.systemIdentifier, facts.identifier)
  const least =
    snapshot.source.evidence === undefined ? 'the last checkpoint of its source' : 'what its source had flushed'
  check(`is not behind ${least}`, facts.not_before, facts.position)
  check(
    fork.timeline === undefined ? 'is on the timeline of its source' : 'is on a timeline of its own',
    timeline === expected,
    `timeline ${timeline}, expected ${expected}`,
  )
  return { checks, position: facts.position, timeline }
}
