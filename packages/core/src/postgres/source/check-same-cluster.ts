import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { readControlData } from '../files/control-data.ts'
import { parseLocation } from '../files/location.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'

/** The lock file notes the second in which the postmaster began, the server a moment of its start-up. */
const startToleranceSeconds = 60
/** Its control file may change between a look at it and the server's. */
const mostLooks = 5

interface Facts {
  readonly identifier: string
  readonly written: number
  readonly redo: string
  readonly port: number
  readonly started: number
  readonly isSuperuser: boolean
}

/**
 * Proves that a connection leads to the server of this very data directory, also across containers, where neither pids nor paths
 * agree: two that were started from one image have the same system identifier, and may have the same port and second of their start.
 * So the server's control file, and for a superuser its lock file, must be ours.
 *
 * @throws PgforkError `SOURCE_NOT_FOUND`
 */
export async function checkSameCluster(client: Client, dataDirectory: string, major: number): Promise<void> {
  let found: Facts | undefined
  for (let look = 0; look < mostLooks; look++) {
    found = await readFacts(client)
    using directory = Directory.open(dataDirectory)
    const control = await readControlData(directory, major)
    const postmaster = readPostmasterPid(directory)
    if (postmaster === undefined || found?.identifier !== control.systemIdentifier) break
    const isSameFile =
      found.written === control.writtenAtSeconds && parseLocation(found.redo) === parseLocation(control.redoLocation)
    if (isSameFile && (await isSameServer(client, found, postmaster))) return
  }
  throw new PgforkError(
    'SOURCE_NOT_FOUND',
    `The connection leads to another server than that of ${dataDirectory}. Pass its host and port in source.connection.`,
    { facts: { dataDirectory, found: found?.identifier, port: found?.port } },
  )
}

async function readFacts(client: Client): Promise<Facts | undefined> {
  const { rows } = await client.query<Facts>(
    `select system_identifier::text as identifier, extract(epoch from pg_control_last_modified)::float8 as written,
            (select redo_lsn::text from pg_control_checkpoint()) as redo, current_setting('port')::int as port,
            extract(epoch from pg_postmaster_start_time())::float8 as started,
            current_setting('is_superuser') = 'on' as "isSuperuser"
       from pg_control_system()`,
  )
  return rows[0]
}

async function isSameServer(client: Client, found: Facts, postmaster: PostmasterPid): Promise<boolean> {
  if (found.port !== postmaster.port) return false
  if (!found.isSuperuser) return Math.abs(found.started - postmaster.startedAtSeconds) < startToleranceSeconds
  const { rows } = await client.query<{ lines: string[] }>(
    `select string_to_array(pg_read_file('postmaster.pid', 0, 8192), E'\\n') as lines`,
  )
  const [pid, , started, , , , sharedMemory] = rows[0]?.lines ?? []
  return (
    Number(pid) === postmaster.pid &&
    Number(started) === postmaster.startedAtSeconds &&
    Number(sharedMemory?.trim().split(/\s+/)[1] ?? 0) === (postmaster.sharedMemoryId ?? 0)
  )
}
