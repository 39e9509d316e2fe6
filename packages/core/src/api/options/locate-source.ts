import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Fork } from '../../fork/fork.ts'
import { findServer } from '../../postgres/server/find-server.ts'
import { checkDataDirectory } from '../../postgres/source/check-data-directory.ts'
import { findDataDirectory } from '../../postgres/source/find-data-directory.ts'
import type { SourceAccess } from '../../postgres/source/source-access.ts'
import type { LocatedSource } from '../../postgres/source/source-options.ts'
import { connectAsSuperuser } from '../../postgres/sql/connect-as-superuser.ts'
import type { GivenCluster } from './read-source.ts'

/** Finds the data directory of a source, where it was not given itself. */
export async function locateSource(source: GivenCluster, access: SourceAccess): Promise<LocatedSource> {
  if (source.kind === 'directory') return source
  if (source.kind === 'elsewhere') return source.locate(access)
  if (source.kind === 'fork') return locateFork(source.fork, access)
  const connection = { host: 'localhost', ...source.connection }
  return { ...source, connection, dataDirectory: await findDataDirectory(connection, access.sourceBounds) }
}

/** The same, where it is only a name: that of a source which may be gone. */
export async function locateDataDirectory(source: GivenCluster, access: SourceAccess): Promise<string> {
  const { dataDirectory } = await locateSource(source, access)
  return realpath(dataDirectory).catch(() => resolve(dataDirectory))
}

/** A fork of a fork: its private socket asks for no password, so that its superuser can be found, whatever role it is used as. */
async function locateFork(
  { name, dataDirectory, connection }: Fork,
  { runner, sourceBounds: bounds }: SourceAccess,
): Promise<LocatedSource> {
  const { major, owner } = await checkDataDirectory(dataDirectory)
  const own = { socketDirectory: connection.host }
  if ((await findServer(dataDirectory, runner, own)).status === 'none') return { dataDirectory, role: connection.user }
  const { host, port, user } = connection
  const server = { socketDirectory: host, port }
  await using superuser = await connectAsSuperuser({ name, major, server, owner, bounds }, [user])
  // Where it listens, its lock file says.
  return { dataDirectory, connection: { user: superuser.role, database: connection.database } }
}
