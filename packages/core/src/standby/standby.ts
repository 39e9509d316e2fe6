import type { ForkConnection } from '../fork/connection.ts'
import type { SourceAccess } from '../postgres/source/source-access.ts'
import type { LocatedSource } from '../postgres/source/source-options.ts'

/** A streaming standby of a server elsewhere, on storage of this machine. As a `source` it is like any other server. */
export interface Standby {
  readonly kind: 'standby'
  readonly name: string
  /** Of its generations. */
  readonly directory: string
  readonly major: number
  readonly port: number
  /** For reading: over its private socket. `pg.Client` takes it. A new seed changes the directory of the socket. */
  readonly connection: ForkConnection
  readonly connectionString: string
  /** Of the present generation. */
  readonly dataDirectory: string
  status(): Promise<StandbyStatus>
  /** After a reboot, or after `stop()`. One that runs is left alone. Takes over larger settings that its primary has since. */
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Seeds it anew beside the present generation, which goes on until the new one streams; then it is removed. Forks stay. Needs the space of
   * both for as long as that takes. When it fails, everything is as before.
   */
  reseed(options?: ReseedOptions): Promise<void>
  /**
   * Stops and removes it, with its slot on the primary. Its forks stay. Can be repeated, also after a failure.
   *
   * @throws PgforkError `CONNECTION_REQUIRED` when there is a slot and the primary can't be reached, unless `isPrimaryGone`
   */
  destroy(options?: { readonly isPrimaryGone?: boolean }): Promise<void>
  /** For `createFork({ source: standby })`. */
  locate(access: SourceAccess): Promise<LocatedSource>
}

export interface ReseedOptions {
  /** Does nothing while the primary still has the WAL that comes next: for a timer. */
  readonly ifBehind?: boolean
}

/**
 * - `streaming`: WAL comes in as it is written.
 * - `connecting`: it doesn't, but the primary would send what comes next.
 * - `disconnected`: the primary can't be reached, or refuses the role; `reason` says why. It tries again by itself.
 * - `behind`: the primary has removed WAL that comes next, or the slot that kept it. Only `reseed` helps, or a new slot in time.
 * - `diverged`: what is at that address is another cluster, or went another way since (restored, or another one was promoted). Only
 *   `reseed` helps.
 * - `promoted`: somebody promoted it, so that it follows nobody.
 * - `stopped`: its server doesn't run; `reason` quotes the end of its log. Or it can't be asked; `reason` says why.
 */
export type StandbyState = 'streaming' | 'connecting' | 'disconnected' | 'behind' | 'diverged' | 'promoted' | 'stopped'

/** What a standby, and its primary as far as it answers, say of how it follows. */
export interface StandbyStatus {
  readonly name: string
  readonly state: StandbyState
  /** Why it doesn't stream. */
  readonly reason: string | undefined
  readonly primary: { readonly host: string; readonly port: number; readonly user: string }
  /** Of replication, on the primary. */
  readonly slot: string | undefined
  /** When the present generation was seeded. */
  readonly seededAt: Date
  /** Somebody seeds it anew at the moment. */
  readonly isBeingSeeded: boolean
  /** What the primary has flushed, as it says itself; undefined when it can't be reached. */
  readonly primaryLocation: string | undefined
  readonly receivedLocation: string | undefined
  readonly replayedLocation: string | undefined
  /** WAL that the primary has and a reader or a fork of the standby doesn't see yet. Undefined when the primary can't be reached. */
  readonly lagBytes: number | undefined
  /**
   * How old what it shows is: 0 when everything was replayed, else the seconds since the last transaction that was (by the clocks of both
   * machines). Undefined before the first one.
   */
  readonly lagSeconds: number | undefined
}
