import type { UserIdentity } from '../../command/command-runner.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import type { FoundServer, OwnServer } from './find-server.ts'

/** Where a fork's server runs: as a process of this machine, or elsewhere. */
export interface ServerLauncher {
  /**
   * Starts the server and returns when it accepts connections and writes (H17).
   *
   * @throws ServerStartError
   * @throws PgforkError `BUSY` when one runs already, `SERVER_HIDDEN` when one may
   */
  start(request: StartServerRequest): Promise<ProcessIdentity>
  /** Ends the server and waits until it is gone. Succeeds when it doesn't run. @throws PgforkError `SERVER_HIDDEN` */
  stop(request: StopServerRequest): Promise<void>
  find(server: OwnedServer): Promise<FoundServer>
}

/** A server that is ours to start and stop. */
export interface OwnedServer extends OwnServer {
  readonly dataDirectory: string
}

export interface StartServerRequest {
  readonly server: OwnedServer
  readonly binDirectory: string
  readonly owner: UserIdentity
  readonly logFile: string
  readonly diesWithCaller: boolean
  /** It starts as a standby, and is promoted when it has replayed all that there is. */
  readonly promotes: boolean
  /** Recovery may take its time. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface StopServerRequest {
  readonly server: OwnedServer
  readonly owner: UserIdentity
  /** `fast` writes a checkpoint; `immediate` doesn't, for a fork that is about to be removed. */
  readonly mode: 'fast' | 'immediate'
  readonly timeoutMs: number
  /** The caller's word that a server which can't be seen from here has ended. */
  readonly isGoneElsewhere?: boolean | undefined
}
