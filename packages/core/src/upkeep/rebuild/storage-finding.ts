import type { StoredCopy } from '../../storage/driver/driver-set.ts'

/** A fork or snapshot that was found in storage without a record, and what became of it. */
export interface StorageFinding {
  readonly kind: 'fork' | 'snapshot'
  /** Where it was rebuilt, the name by which it is opened now: its own, unless that was taken. */
  readonly name: string
  /** Of the state directory that it was made for; undefined for what was made by an older pgfork. */
  readonly identity: string | undefined
  /** What it consists of in storage. */
  readonly items: readonly StoredCopy[]
  /**
   * `rebuilt`: it has a record again. `listed`: it would get one, were this no dry run. `foreign`: it belongs to a state
   * directory that was not named. `failed`: it could not be told what it is, and was left alone.
   */
  readonly outcome: 'rebuilt' | 'listed' | 'foreign' | 'failed'
  /** Whether it is a whole fork or snapshot. One that isn't is removed by the next collection. Undefined: nobody looked. */
  readonly isFinished: boolean | undefined
  /** For people: what it is, and what to do about it. */
  readonly reason: string
}
