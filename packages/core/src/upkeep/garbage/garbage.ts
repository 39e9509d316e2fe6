import type { Operation } from '../../operation/operation.ts'

/** Something that a process left behind and that nothing uses any more. */
export interface Garbage {
  readonly kind: 'fork' | 'snapshot' | 'standby' | 'import' | 'record' | 'port' | 'timeline' | 'temporary file'
  readonly name: string
  /** Why it is garbage. */
  readonly reason: string
}

/** Garbage with the way to remove it, which can be repeated and succeeds for what is gone. */
export interface Removable extends Garbage {
  remove(): Promise<void>
}

/** What counts as garbage besides what ended processes have left. */
export interface GarbageRules {
  /**
   * Milliseconds without a connection or a write after which a persistent fork is garbage, unless it is protected. Default:
   * never.
   */
  readonly idleMs?: number
  /**
   * Machines or containers that are gone for good, by the names that an earlier collection's warning gave. Nothing is known here about
   * processes elsewhere, so what they have made is kept otherwise. Default: none.
   */
  readonly goneMachines?: readonly string[]
}

/** What a finder looks for. */
export interface FinderRules extends GarbageRules {
  /**
   * Only forks that were not to outlive their maker, and what he was making or removing, if he is proven to have ended and if there
   * are drivers for it. Default: all garbage.
   */
  readonly onlyDead?: boolean
  /** No fork with this data directory. */
  readonly spare?: string | undefined
}

/** Looks for garbage of one kind and touches nothing. */
export type Finder = (operation: Operation, rules: FinderRules) => Promise<Removable[]>

/** A record that can't be read may come from a newer pgfork: it is reported, and what it describes stays. */
export const unreadable = (name: string, error: unknown): Removable => ({
  kind: 'record',
  name,
  reason: 'it cannot be read',
  remove: () => Promise.reject(error),
})
