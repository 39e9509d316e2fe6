import type { Consistency } from './choose-consistency.ts'

/** A picture of a whole cluster, from which any number of forks can be made. */
export interface ClusterSnapshot extends AsyncDisposable {
  readonly kind: 'snapshot'
  readonly name: string
  readonly createdAt: Date
  /** Of its volumes, the data directory's first. */
  readonly drivers: readonly string[]
  /** Forks share its blocks, so that they take neither time nor space of their own. */
  readonly copyOnWrite: boolean
  /** Why its files agree with each other: captured at one instant, within a base backup, or while no server ran. */
  readonly consistency: Consistency | undefined
  /** Of the cluster that it was taken of, as all below. */
  readonly dataDirectory: string | undefined
  readonly major: number | undefined
  readonly systemIdentifier: string | undefined
  readonly timeline: number | undefined
  /**
   * Whether forks can be made of it. Not when its record was lost and rebuilt: what it was taken of is unknown then, and every fact
   * that is undefined.
   */
  readonly isForkable: boolean
  /** Removes it. @throws PgforkError `BUSY` while the storage needs it for a fork */
  destroy(): Promise<void>
}
