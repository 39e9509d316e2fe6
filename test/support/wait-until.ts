import { setTimeout as delay } from 'node:timers/promises'

export interface WaitUntilOptions {
  readonly timeoutMs: number
  /** Ends the sentence "Within N ms there was no ..". A function is asked at the end, so that it can tell the last state. */
  readonly what: string | (() => string | Promise<string>)
  /** Between two probes. Default 10. */
  readonly pauseMs?: number
}

/** Polls until `probe` returns something other than undefined and false; throws after the bound and whatever `probe` throws. */
export async function waitUntil<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs, what, pauseMs = 10 }: WaitUntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const isLastProbe = performance.now() >= deadline
    const result = await probe()
    if (result !== undefined && result !== false) return result
    if (isLastProbe)
      throw new Error(`Within ${timeoutMs} ms there was no ${typeof what === 'string' ? what : await what()}`)
    await delay(pauseMs)
  }
}
