import { PgforkError } from '@pgfork/core'
import { clearTimer, setTimer } from '../clock.ts'

interface Waiter<T> {
  readonly resolve: (item: T) => void
  readonly reject: (reason: unknown) => void
}

export interface Wait {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** What is thrown when the time is over. */
  readonly timedOut: () => Error
}

/** Callers that wait for an item, served in their order. Who gives up has left. */
export class WaitingCallers<T> {
  readonly #waiters: Waiter<T>[] = []

  get length(): number {
    return this.#waiters.length
  }

  wait({ timeoutMs, signal, timedOut }: Wait): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimer(() => giveUp(timedOut()), timeoutMs)
      const onAbort = (): void => giveUp(new PgforkError('ABORTED', 'The wait for a server was aborted.'))
      const settle = (): void => {
        clearTimer(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter<T> = {
        resolve: (item) => {
          settle()
          resolve(item)
        },
        reject: (reason) => {
          settle()
          reject(reason)
        },
      }
      const giveUp = (reason: Error): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        waiter.reject(reason)
      }
      this.#waiters.push(waiter)
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted) onAbort()
    })
  }

  serveFirst(item: T): void {
    this.#waiters.shift()?.resolve(item)
  }

  rejectFirst(reason: unknown): void {
    this.#waiters.shift()?.reject(reason)
  }

  rejectAll(reason: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(reason)
  }
}
