import { basename } from 'node:path'
import type { UserIdentity } from '../../command/command-runner.ts'
import { fromSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { openToAppend } from '../../files/open-to-append.ts'
import { ownFolder } from '../files/remove-identity.ts'
import type { FoundServer } from './find-server.ts'
import { hiddenServer } from './hidden-server.ts'
import type { ServerIdentity } from './server-identity.ts'

/** The data directory of a server that is to be started. @throws PgforkError `SERVER_START_FAILED` */
export function openDataDirectory(path: string): Directory {
  try {
    return Directory.open(path)
  } catch (error) {
    throw fromSystemError(error, 'SERVER_START_FAILED', `The data directory ${path} cannot be opened`)
  }
}

/**
 * PostgreSQL's own lock file doesn't keep two servers apart that are in different containers: each takes the other for ended.
 *
 * @throws PgforkError `BUSY`, `SERVER_HIDDEN`
 */
export function refuseSecondServer(dataDirectory: string, found: FoundServer<ServerIdentity>): void {
  if (found.status === 'hidden') throw hiddenServer(dataDirectory, found.reason, 'So none is started.')
  if (found.status === 'running')
    throw new PgforkError('BUSY', `A server is already running on ${dataDirectory} (pid ${found.identity.pid}).`, {
      facts: { dataDirectory, pid: found.identity.pid },
    })
}

/** The owner may have put a link in the way of the log. */
export function openLog(dataDirectory: Directory, logFile: string, owner: UserIdentity): number {
  try {
    using folder = dataDirectory.openDirectory(ownFolder)
    return openToAppend(folder, basename(logFile), owner)
  } catch (error) {
    throw fromSystemError(error, 'SERVER_START_FAILED', `The log ${logFile} cannot be opened`)
  }
}
