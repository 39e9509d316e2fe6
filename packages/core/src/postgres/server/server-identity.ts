import type { ProcessIdentity } from '../../process/process-identity.ts'

/** A running server that cannot be mistaken for another one, wherever it runs. Plain data. */
export type ServerIdentity = ({ readonly kind: 'process' } & ProcessIdentity) | ContainerIdentity

/** The server of a container of this machine. */
export interface ContainerIdentity {
  readonly kind: 'container'
  /** Of the container, as its engine knows it. */
  readonly id: string
  /** ISO 8601, as its engine says it. */
  readonly startedAt: string
  /** Of the postmaster, as this process counts. */
  readonly pid: number
  /** The same as the container counts, and so in the server's lock file. */
  readonly pidInside: number
  /** Of the machine, when it was started. Unknown where the engine alone tells of it, or an earlier pgfork did. */
  readonly boot?: string | undefined
}

export const processServer = (identity: ProcessIdentity): ServerIdentity => ({ kind: 'process', ...identity })

/** The pid by which a server's lock file names it. */
export const pidInLockFile = (server: ServerIdentity): number =>
  server.kind === 'container' ? server.pidInside : server.pid
