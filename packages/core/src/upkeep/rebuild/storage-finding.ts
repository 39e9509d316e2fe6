import type { StoredCopy } from '../../storage/driver/driver-set.ts'

/** A fork or snapshot that was found in storage without a record, and what was done about it. */
export interface StorageFinding {
  readonly kind: 'fork' | 'snapshot'
  /** Its name. If it was rebuilt, the name by which it is opened now, which differs if its own was taken. */
  readonly name: string
  /** Identity of the state directory that it was made for; undefined if an older pgfork made it. */
  readonly identity: string | undefined
  /** Its parts in storage. */
  readonly items: readonly StoredCopy[]
  /**
   * `rebuilt`: it has a record again. `listed`: a dry run, so it has none yet. `foreign`: it belongs to a state directory that
   * `identity` didn't name. `failed`: nobody could find out what it is, and it was left alone.
   */
  readonly outcome: 'rebuilt' | 'listed' | 'foreign' | 'failed'
  /** Whether it is a complete fork or snapshot. If not, the next collection removes it. Undefined if that was not examined. */
  readonly isFinished: boolean | undefined
  /** For people: what it is, and what to do about it. */
  readonly reason: string
}
