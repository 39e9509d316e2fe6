/**
 * What happens to a command instead of, or besides, running:
 * - `fail`: it isn't run and fails.
 * - `fail-afterwards`: it is run and fails all the same; a started process is ended at once by SIGQUIT.
 * - `hang`: it doesn't end, until its time limit or its AbortSignal ends it; a started process does nothing.
 * - a function: is called just before, to abort, to crash the source, or to kill this very process.
 */
export type Trouble = 'fail' | 'fail-afterwards' | 'hang' | (() => void | Promise<void>)

export interface CommandCall {
  /** Counted from 1 over all commands of a runner. */
  readonly number: number
  readonly file: string
  readonly args: readonly string[]
}

/** Chooses the trouble of each command; undefined: none. */
export type TroublePlan = (call: CommandCall) => Trouble | undefined

/** Trouble at the n-th command alone. */
export const atCommand =
  (number: number, trouble: Trouble): TroublePlan =>
  (call) =>
    call.number === number ? trouble : undefined
