import process from 'node:process'

/** What asks a process to end. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Aborts what is under way at the first signal that asks this process to end; what has been done is undone before it does. */
export interface Interruption {
  readonly signal: AbortSignal
  /** The one that came, if one did. */
  readonly name: NodeJS.Signals | undefined
  /** From now on signals are somebody else's. */
  release(): void
}

export function listenForSignals(): Interruption {
  const controller = new AbortController()
  let name: NodeJS.Signals | undefined
  const listener = (received: NodeJS.Signals): void => {
    name ??= received
    controller.abort(new Error(`Interrupted by ${received}`))
  }
  for (const each of signals) process.on(each, listener)
  return {
    signal: controller.signal,
    get name() {
      return name
    },
    release() {
      for (const each of signals) process.off(each, listener)
    },
  }
}
