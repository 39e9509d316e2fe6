import type { Consistency } from './choose-consistency.ts'

/** A snapshot of a whole cluster. Any number of forks can be made from it. */
export interface ClusterSnapshot extends AsyncDisposable {
  readonly kind: 'snapshot'
  readonly name: string
  readonly createdAt: Date
  /** Of its volumes, the data directory's first. */
  readonly drivers: readonly string[]
  /** Forks share its blocks, so that they take neither time nor space of their own. */
  readonly copyOnWrite: boolean
  /** Why its files agree with each other: captured at one instant, in a base backup, or while no server ran. */
  readonly consistency: Consistency | undefined
  /** Of the cluster that it was taken of, as all below. */
  readonly dataDirectory: string | undefined
  readonly major: number | undefined
  readonly systemIdentifier: string | undefined
  readonly timeline: number | undefined
  /** Taken by `recordHistory`, whose rules say when it goes. */
  readonly isOfHistory: boolean
  /**
   * Whether forks can be made from it. Not after its record was lost and rebuilt: then nobody knows what it was taken from, and
   * some of these facts are undefined.
   */
  readonly isForkable: boolean
  /** As it was when it was opened or listed. */
  readonly isProtected: boolean
  /** Until `unprotect()`, `destroy` refuses. @throws PgforkError `INVALID_OPTION` for one of a history, whose rules say when it goes */
  protect(): Promise<void>
  unprotect(): Promise<void>
  /** Removes it. @throws PgforkError `BUSY` while the storage needs it for a fork, `SNAPSHOT_PROTECTED` */
  destroy(): Promise<void>
}
