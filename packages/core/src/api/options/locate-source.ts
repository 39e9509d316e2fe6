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
  if (source.kind === 'fork') return locateFork(source.fork, access)
  return { ...source, dataDirectory: await findDataDirectory(source.connection, access.sourceBounds) }
}

/** A fork of a fork: its private socket asks for no password, so that its superuser can be found, whatever role it is used as. */
async function locateFork(
  { name, dataDirectory, connection }: Fork,
  { runner, sourceBounds: bounds }: SourceAccess,
): Promise<LocatedSource> {
  const { major } = await checkDataDirectory(dataDirectory)
  const own = { socketDirectory: connection.host }
  if ((await findServer(dataDirectory, runner, own)).status === 'none') return { dataDirectory, role: connection.user }
  const { host, port, user } = connection
  await using superuser = await connectAsSuperuser({ name, major, server: { socketDirectory: host, port }, bounds }, [
    user,
  ])
  return { dataDirectory, connection: { host, port, user: superuser.role, database: connection.database } }
}
