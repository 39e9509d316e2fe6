// Not the global ones, which tests put a clock of their own in the place of (H132).
import { clearTimeout, setTimeout } from 'node:timers'
import { PgforkError } from '../errors/pgfork-error.ts'
import { throwIfAborted } from './throw-if-aborted.ts'

export interface AbortableOptions {
  readonly what: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Gives up on something that can't be told to stop, such as a statement. @throws PgforkError `ABORTED`, `TIMED_OUT` */
export async function abortable<T>(pending: Promise<T>, { what, timeoutMs, signal }: AbortableOptions): Promise<T> {
  const { promise: givenUp, reject } = withRejection()
  const onAbort = (): void => {
    try {
      throwIfAborted(signal)
    } catch (error) {
      reject(error)
    }
  }
  const timer = setTimeout(
    () => reject(new PgforkError('TIMED_OUT', `${what} took longer than ${timeoutMs} ms.`, { facts: { timeoutMs } })),
    timeoutMs,
  )
  signal?.addEventListener('abort', onAbort)
  onAbort()
  // Whoever gave up doesn't hear the end any more.
  pending.catch(() => {})
  try {
    return await Promise.race([pending, givenUp])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function withRejection(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise
  })
  promise.catch(() => {})
  return { promise, reject }
}
