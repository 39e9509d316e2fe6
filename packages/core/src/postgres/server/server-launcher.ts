import type { UserIdentity } from '../../command/command-runner.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'

/** Where a fork's server runs: as a process of this machine, or elsewhere. */
export interface ServerLauncher {
  /** Starts the server and returns when it accepts connections and writes (H17). @throws ServerStartError */
  start(request: StartServerRequest): Promise<ProcessIdentity>
  /** Ends the server and waits until it is gone. Succeeds when it doesn't run. */
  stop(request: StopServerRequest): Promise<void>
  /** The server that runs on this data directory now. */
  find(dataDirectory: string): Promise<ProcessIdentity | undefined>
}

export interface StartServerRequest {
  readonly dataDirectory: string
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
  readonly dataDirectory: string
  readonly owner: UserIdentity
  /** `fast` writes a checkpoint; `immediate` doesn't, for a fork that is about to be removed. */
  readonly mode: 'fast' | 'immediate'
  readonly timeoutMs: number
}
