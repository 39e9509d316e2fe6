import { constants } from 'node:os'
import process from 'node:process'

/** The user's wish to end, or an error outside of everything: both must lead through the cleaning up. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
  readonly exitCode: number | undefined
}

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Takes all ways to end the process from outside, until it is disposed of. Repeating them doesn't stop the cleaning up. */
export function catchInterruption(): Interruption {
  const controller = new AbortController()
  let exitCode: number | undefined
  const interrupt = (status: number, reason: unknown): void => {
    exitCode ??= status
    if (!controller.signal.aborted) controller.abort(reason)
  }
  const onSignal = (name: NodeJS.Signals): void => interrupt(128 + constants.signals[name], new Error(name))
  // A closed terminal or pipe: nobody looks any more.
  const onClosedOutput = (error: unknown): void => interrupt(1, error)
  const onError = (error: unknown): void => interrupt(1, error)
  for (const name of watched) process.on(name, onSignal)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onClosedOutput)
  process.on('uncaughtException', onError)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]() {
      for (const name of watched) process.off(name, onSignal)
      process.off('uncaughtException', onError)
    },
  }
}

/** Gives up waiting when the user interrupts. For work that ends by itself when what it works on is disposed of. */
export function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason)
    if (signal.aborted) give()
    signal.addEventListener('abort', give, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}
