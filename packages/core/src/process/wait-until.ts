// Not the global one, which tests put a clock of their own in the place of (H132).
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { throwIfAborted } from './throw-if-aborted.ts'

/** What is waited for, how long, and how. */
export interface WaitOptions {
  /** What is waited for, to end "did not happen within": it stands in the error. */
  readonly what: string
  /** Until it is given up. */
  readonly timeoutMs: number
  /** Gives it up at once. */
  readonly signal?: AbortSignal | undefined
  /** The first pause between two probes; it grows by a quarter each time up to `longestPauseMs`. Default 2. */
  readonly firstPauseMs?: number
  /** Default 50. */
  readonly longestPauseMs?: number
  /** How to pause, for one who is told when it is worth looking again. Default: a timer. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

/**
 * Polls until `probe` returns something other than undefined and false.
 *
 * @throws PgforkError `TIMED_OUT` after the bound, `ABORTED` by the signal, and whatever `probe` throws.
 */
export async function waitUntil<T>(probe: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
  const started = performance.now()
  const pause = options.pause ?? delay
  let pauseMs = options.firstPauseMs ?? 2
  for (;;) {
    throwIfAborted(options.signal)
    const result = await probe()
    if (result !== undefined && result !== false) return result
    if (performance.now() - started > options.timeoutMs)
      throw new PgforkError('TIMED_OUT', `${options.what} did not happen within ${options.timeoutMs} ms.`, {
        facts: { timeoutMs: options.timeoutMs },
      })
    await pause(pauseMs)
    pauseMs = Math.min(pauseMs * 1.25, options.longestPauseMs ?? 50)
  }
}

/** The same for what need not happen: undefined after the bound. @throws PgforkError `ABORTED` by the signal, and whatever `probe` throws */
export const waitAtMost = <T>(
  probe: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T | undefined> =>
  waitUntil(probe, options).catch((error: unknown) => {
    if (isPgforkError(error, 'TIMED_OUT')) return undefined
    throw error
  })
