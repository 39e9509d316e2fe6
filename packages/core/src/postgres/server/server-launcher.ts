import type { CommandResult, CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import type { FoundServer, OwnServer } from './find-server.ts'
import type { ContainerIdentity, ServerIdentity } from './server-identity.ts'

/**
 * Where a fork's server runs: as a process of this machine, or elsewhere. The record of a fork says which launcher is its own, and never
 * its caller; test/support/launchers holds what every launcher must do.
 */
export interface ServerLauncher {
  /**
   * Starts the server and returns when it accepts connections and writes (H17).
   *
   * @throws ServerStartError
   * @throws PgforkError `BUSY` when one runs already, `SERVER_HIDDEN` when one may
   */
  start(request: StartServerRequest): Promise<ServerIdentity>
  /** Ends the server and waits until it is gone. Succeeds when it doesn't run. @throws PgforkError `SERVER_HIDDEN` */
  stop(request: StopServerRequest): Promise<void>
  find(server: OwnedServer): Promise<FoundServer<ServerIdentity>>
  /**
   * Runs a program of the server's installation on its data directory, while no server runs there.
   *
   * @returns undefined when the installation has no such program
   * @throws CommandError
   */
  run(request: RunProgramRequest): Promise<CommandResult | undefined>
}

/** By what a launcher is made. Its commands need no signal that may be aborted already: servers are stopped in undos, too. */
export type LauncherFactory = (context: { readonly runner: CommandRunner }) => ServerLauncher

/** Where a server runs that is no process of this machine. Plain data, kept in records; the launcher of its kind knows the rest. */
export interface ServerPlace {
  readonly kind: string
  readonly [fact: string]: unknown
}

/** A server that is ours to start and stop. */
export interface OwnedServer extends OwnServer {
  readonly dataDirectory: string
  /** Default: a process of this machine. */
  readonly place?: ServerPlace | undefined
  /** Directories besides its data directory that belong to the cluster: its WAL, tablespaces. None of them is another's. */
  readonly linked?: readonly string[] | undefined
  /** The container in which it was started last. */
  readonly container?: ContainerIdentity | undefined
}

/** What a server is started with. */
export interface StartServerRequest {
  readonly server: OwnedServer
  readonly binDirectory: string
  readonly owner: UserIdentity
  readonly logFile: string
  /** Of this fork alone, in the system's temporary folder; it is made by whoever needs it, and goes with the fork. */
  readonly outsideDirectory: string
  readonly diesWithCaller: boolean
  /** It starts as a standby, and is promoted when it has replayed all that there is. */
  readonly promotes: boolean
  /** Recovery may take its time. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Told now and then, while it recovers, at which segment of WAL it is. Only on Linux. */
  readonly onReplay?: ((segment: string) => void) | undefined
}

/** How a server is ended. */
export interface StopServerRequest {
  readonly server: OwnedServer
  readonly owner: UserIdentity
  /** `fast` writes a checkpoint; `immediate` doesn't, for a fork that is about to be removed. */
  readonly mode: 'fast' | 'immediate'
  readonly timeoutMs: number
  /** The caller's word that a server which can't be seen from here has ended. */
  readonly isGoneElsewhere?: boolean | undefined
}

/** A program of a server's installation, and what it is run on. */
export interface RunProgramRequest {
  readonly server: OwnedServer
  readonly binDirectory: string
  readonly owner: UserIdentity
  /** A name, such as `pg_checksums`. */
  readonly program: string
  readonly args: readonly string[]
  /** As for a start. */
  readonly outsideDirectory: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}
