import type { CollectedGarbage, CollectGarbageOptions, CreateForkOptions, ForkSummary } from '@pgfork/core'

/** What a process elsewhere can be asked for, and what it answers. Options are plain data; drivers, signals and the like are its own. */
export interface Verbs {
  pid: { given: undefined; answer: number }
  createFork: { given: Plain<CreateForkOptions>; answer: ForkFacts }
  openFork: { given: { readonly stateDirectory: string; readonly name: string }; answer: ForkFacts }
  /** Of a fork that it has made or opened. */
  act: { given: { readonly name: string; readonly verb: 'start' | 'stop' | 'reset' | 'destroy' }; answer: ForkFacts }
  listForks: { given: { readonly stateDirectory: string }; answer: readonly ForkSummary[] }
  collectGarbage: { given: Plain<CollectGarbageOptions>; answer: readonly CollectedGarbage[] }
  /** Takes a lock, and keeps it until `release`. */
  lock: { given: { readonly folder: string; readonly timeoutMs?: number }; answer: undefined }
  /** Takes and gives back the lock in a folder again and again, noting there whom it meets inside. Answers when it was inside first. */
  churn: { given: { readonly folder: string; readonly id: string }; answer: undefined }
  release: { given: undefined; answer: undefined }
}

export type Verb = keyof Verbs

type Plain<Options> = {
  readonly [Key in keyof Options as NonNullable<Options[Key]> extends (...parameters: never) => unknown
    ? never
    : Key]: Options[Key]
}

export interface ForkFacts {
  readonly name: string
  readonly dataDirectory: string
  readonly pid: number | undefined
  readonly report: string | undefined
}

export interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string; readonly facts?: unknown }
  /** What `onWarning` was told meanwhile. */
  readonly warnings: readonly string[]
}
