import type { Operation } from '../../operation/operation.ts'

/** Something that nobody will come back for. */
export interface Garbage {
  readonly kind: 'fork' | 'snapshot' | 'record' | 'port' | 'timeline' | 'temporary file'
  readonly name: string
  /** Why it is garbage. */
  readonly reason: string
}

/** Garbage with the way to remove it, which can be repeated and succeeds for what is gone. */
export interface Removable extends Garbage {
  remove(): Promise<void>
}

export interface GarbageRules {
  /**
   * Milliseconds after which a persistent fork that nobody is connected to, and in which nothing was written, is garbage unless it
   * is protected. Default: never.
   */
  readonly idleMs?: number
  /**
   * Machines or containers that are gone for good, and all their processes with them, by the names that a warning of a former
   * collection gave. Of processes there nothing is known here, so that what they have made is kept otherwise. Default: none.
   */
  readonly goneMachines?: readonly string[]
}

/** Looks for garbage of one kind and touches nothing. */
export type Finder = (operation: Operation, rules: GarbageRules) => Promise<Removable[]>

/** A record that nobody understands may be of a newer pgfork: it is told of, and what it describes stays. */
export const unreadable = (name: string, error: unknown): Removable => ({
  kind: 'record',
  name,
  reason: 'it cannot be read',
  remove: () => Promise.reject(error),
})
