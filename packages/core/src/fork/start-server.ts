import { ServerStartError } from '../errors/server-start-error.ts'
import type { Operation } from '../operation/operation.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import { makeOutsideFolder } from '../postgres/files/socket-directory.ts'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import { claimForkPort } from '../records/claim-numbers.ts'
import type { ForkRecord, StartableFork } from '../records/fork-record.ts'
import { isPortFree, releasePorts } from '../state/claim-port.ts'

interface StartServerOptions {
  /** Its files are those of a standby, which it ceases to be. */
  readonly promotes?: boolean
  /** As of the launcher. */
  readonly onReplay?: ((segment: string) => void) | undefined
}

/** Starts the server of a fork that has all its files. @throws ServerStartError; PgforkError `PERMISSION_DENIED` (H65) */
export async function startServer(
  operation: Operation,
  fork: StartableFork,
  options: StartServerOptions = {},
): Promise<ServerIdentity> {
  const { server, outsideDirectory, owner } = fork
  if (server.socketDirectory === outsideDirectory) makeOutsideFolder(outsideDirectory, owner)
  try {
    return await launch(operation, fork, options)
  } catch (error) {
    // One may be needed to replay its own kind of WAL, for example.
    if (error instanceof ServerStartError && fork.leftOut?.length)
      error.message +=
        `\nIt may need a library that its source preloads and it doesn't: ${fork.leftOut.join(', ')}. ` +
        'Those named in backgroundWorkers: { keep: [..] } are kept.'
    throw error
  }
}

function launch(
  operation: Operation,
  fork: StartableFork,
  { promotes = false, onReplay }: StartServerOptions,
): Promise<ServerIdentity> {
  return operation.launcher.start({
    server: fork.server,
    binDirectory: fork.binDirectory,
    owner: fork.owner,
    logFile: logFileOf(fork.server.dataDirectory),
    outsideDirectory: fork.outsideDirectory,
    diesWithCaller: fork.lifetime === 'process',
    promotes,
    timeoutMs: operation.timeouts.startMs,
    signal: operation.signal,
    onReplay,
  })
}

const mostPorts = 5

export interface StartOnFreePortRequest {
  readonly fork: ForkRecord
  /** The caller's wish, for which no other will do. */
  readonly port: number | undefined
  /** The port that is claimed for the fork already. */
  readonly claimed: number
  /** Its files are those of a standby, which it ceases to be. */
  readonly promotes: boolean
  readonly onReplay: ((segment: string) => void) | undefined
  /** Writes the configuration for a port, and the record that the server will run there. */
  configure(port: number): Promise<StartableFork>
}

/**
 * Starts a server for the first time, on its port, or on another one when a foreign process took it between the
 * reservation and the start.
 */
export async function startOnFreePort(
  operation: Operation,
  { fork, port: wish, claimed, promotes, onReplay, configure }: StartOnFreePortRequest,
): Promise<{ fork: StartableFork; server: ServerIdentity }> {
  let port = claimed
  for (let attempt = 1; ; attempt++) {
    const withServer = await configure(port)
    try {
      return { fork: withServer, server: await startServer(operation, withServer, { promotes, onReplay }) }
    } catch (error) {
      if ((await isPortFree(port)) || wish !== undefined || attempt === mostPorts) throw error
      await releasePorts(operation.state, fork.name)
      port = await claimForkPort(operation.state, fork.name)
    }
  }
}
