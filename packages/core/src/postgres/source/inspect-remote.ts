import type { Client } from 'pg'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { readServerSettings } from '../settings/read-server-settings.ts'
import { inDatabase } from '../sql/databases.ts'
import { endSession } from '../sql/end-session.ts'
import { askControlData } from './ask-control-data.ts'
import { askServer } from './ask-server.ts'
import { connectAgain, connectToServer } from './connect-source.ts'
import { findBinaries } from './find-binaries.ts'
import { inspectAgain } from './inspect-again.ts'
import type { InspectedSource } from './inspect-source.ts'
import type { Inspection } from './inspection.ts'
import { askTcpAccess } from './read-tcp-access.ts'
import { remoteOwner } from './remote-owner.ts'
import type { SourceAccess } from './source-access.ts'
import type { RemoteSource } from './source-options.ts'

const insufficientPrivilege = '42501'
const oldestMajor = 10

/**
 * The first half of an inspection of a source on another host: what its server says. The second half, `proveImage`, looks at the files once
 * there is a snapshot of them. A member of `pg_monitor` is enough.
 *
 * @throws PgforkError `CONNECTION_REQUIRED` also for a stopped source, `PERMISSION_DENIED`, `VERSION_MISMATCH`, `BINARIES_NOT_FOUND`,
 * `SOURCE_WRONG_OWNER`, `LAYOUT_REFUSED`, `SETTING_REFUSED`
 */
export const inspectRemote = (source: RemoteSource, access: SourceAccess): Promise<InspectedSource> =>
  inspectAgain(() => inspectOnce(source, access))

async function inspectOnce(source: RemoteSource, { runner, sourceBounds }: SourceAccess): Promise<InspectedSource> {
  const { volume, directory } = source
  const owner = remoteOwner()
  const client = await connectToServer(source.connection, sourceBounds).catch((error: unknown) => {
    throw isPgforkError(error, 'CONNECTION_REQUIRED') ? notReached(error) : error
  })
  try {
    const { major, dataDirectory } = await askPlace(client)
    const connect = (database?: string): Promise<Client> =>
      connectAgain({ ...source.connection, ...(database === undefined ? {} : { database }) }, major, sourceBounds)
    const binDirectory = await findBinaries({ owner, major, binDirectory: source.binDirectory }, runner)
    await refuseTablespaces(client)
    await refuseBackupMode(client, major)
    const asked = await askServer(client)
    const [control, settings] = [
      await askControlData(client, asked.isStandby),
      await readServerSettings(client, async () => ({})),
    ]
    const histories = (await askWal(client)).filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
    const newestTimeline = Math.max(
      control.checkpointTimeline,
      control.minimumRecoveryTimeline,
      ...histories.map((name) => Number.parseInt(name.slice(0, 8), 16)),
    )
    const inspection: Inspection = {
      ...{ dataDirectory, owner, major, binDirectory, control, newestTimeline, settings },
      server: undefined,
      hidden: 'it runs on another host',
      unreachable: undefined,
      timeline: asked.isStandby ? newestTimeline : (asked.timeline ?? control.checkpointTimeline),
      isStandby: asked.isStandby,
      replayPosition: asked.replayPosition,
      insertPosition: asked.insertPosition,
      role: asked.superuser ?? source.connection.user ?? 'postgres',
      tcpAccess: await askTcpAccess(client, { major, settings }),
      layout: { wal: undefined, tablespaces: [], tablespacesChangedAtMs: 0 },
      remote: { volume, directory },
    }
    let ending: Promise<void> | undefined
    const end = async (): Promise<void> => {
      ending ??= endSession(client)
      await ending
    }
    const listWal = (): Promise<string[] | undefined> => inDatabase(connect, undefined, askWal).catch(orUnknown)
    return { inspection, client, connect, listWal, endSession: end, [Symbol.asyncDispose]: end }
  } catch (error) {
    await endSession(client)
    throw error
  }
}

function orUnknown(error: unknown): undefined {
  if (isPgforkError(error, 'ABORTED')) throw error
  return undefined
}

const notReached = (cause: PgforkError): PgforkError =>
  new PgforkError(
    'CONNECTION_REQUIRED',
    `${cause.message} A source on another host must run and let pgfork connect: a stopped one is forked on its own host, by its ` +
      'data directory.',
    { facts: cause.facts, cause },
  )

async function askPlace(client: Client): Promise<{ readonly major: number; readonly dataDirectory: string }> {
  const { rows } = await client
    .query<{ major: number; directory: string }>(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('data_directory') as directory`,
    )
    .catch((error: unknown) => {
      throw (error as { code?: string }).code === insufficientPrivilege ? needsMonitor(client.user, error) : error
    })
  const { major = 0, directory = '' } = rows[0] ?? {}
  if (major >= oldestMajor) return { major, dataDirectory: directory }
  throw new PgforkError(
    'VERSION_MISMATCH',
    `The source has a version before ${oldestMajor}, which pgfork does not support.`,
  )
}

const needsMonitor = (role: string | undefined, cause: unknown): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The role ${role} may not see where the server's files are. Grant it pg_monitor and, from PostgreSQL 15 on, pg_checkpoint, or connect as a superuser.`,
    { facts: { role }, cause },
  )

async function askWal(client: Client): Promise<string[]> {
  try {
    const { rows } = await client.query<{ name: string }>('select name from pg_ls_waldir()')
    return rows.map(({ name }) => name)
  } catch (error) {
    throw (error as { code?: string }).code === insufficientPrivilege ? needsMonitor(client.user, error) : error
  }
}

/** Those in place lie in the data directory (developers' setting `allow_in_place_tablespaces`). */
async function refuseTablespaces(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; path: string }>(
    `select spcname as name, pg_tablespace_location(oid) as path from pg_tablespace where pg_tablespace_location(oid) like '/%' order by 1`,
  )
  if (rows.length === 0) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `${rows.map(({ name, path }) => `The tablespace ${name} lies in ${path}`).join(', ')}: of a source on another host, everything must lie in its data ` +
      'directory, on one volume. Fork it on its own host.',
    { hazard: 'H1', facts: { tablespaces: rows } },
  )
}

/** What `refuseExclusiveBackup` sees in the files; 15 has no such backups any more. */
async function refuseBackupMode(client: Client, major: number): Promise<void> {
  if (major >= 15) return
  const { rows } = await client.query<{ backs: boolean }>(
    'select not pg_is_in_recovery() and pg_is_in_backup() as backs',
  )
  if (rows[0]?.backs !== true) return
  throw new PgforkError(
    'SETTING_REFUSED',
    'An exclusive backup of the source is in progress. Finish it with pg_stop_backup(), or fork when it is done.',
    { hazard: 'H42' },
  )
}
