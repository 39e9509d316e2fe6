import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { SessionBounds } from '../sql/bounded-client.ts'
import { endSession } from '../sql/end-session.ts'
import { connectToServer } from './connect-source.ts'
import type { ConnectionParameters } from './source-options.ts'

const insufficientPrivilege = '42501'

/**
 * The data directory of the server at a connection, as it says itself. That the directory of this path on this machine is
 * that server's, and not another one's, is proved by the inspection of it.
 *
 * @throws PgforkError `CONNECTION_REQUIRED`, `PERMISSION_DENIED`, `SOURCE_NOT_FOUND` for a server on another machine
 */
export async function findDataDirectory(connection: ConnectionParameters, bounds: SessionBounds): Promise<string> {
  const path = await ask(connection, bounds)
  const isHere =
    isAbsolute(path) &&
    (await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  if (isHere) return path
  const host = connection.host ?? 'the given connection'
  throw new PgforkError(
    'SOURCE_NOT_FOUND',
    `The server at ${host} says that its data directory is ${path}, which does not exist here or can't be read. pgfork works on the ` +
      'machine that has the files. Where they have another path here, as those of a container do, give { dataDirectory, connection }.',
    { facts: { host, dataDirectory: path } },
  )
}

async function ask(connection: ConnectionParameters, bounds: SessionBounds): Promise<string> {
  const client = await connectToServer(connection, bounds)
  try {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory ?? ''
  } catch (error) {
    if ((error as { code?: string }).code !== insufficientPrivilege) throw error
    throw new PgforkError(
      'PERMISSION_DENIED',
      `The role ${client.user} may not see the server's data_directory. Connect as a superuser or a member of ` +
        'pg_monitor (or pg_read_all_settings), or give { dataDirectory, connection }.',
      { facts: { role: client.user }, cause: error },
    )
  } finally {
    await endSession(client)
  }
}
