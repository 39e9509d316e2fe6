import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import type { DriverContext } from '../driver/driver-context.ts'

const pauseMs = 100

/** Tries again while something is busy, within a bound (H56). What only a person can end (H57) is thrown at once. */
export async function untilNotBusy(
  attempt: () => Promise<void>,
  timeoutMs: number,
  { signal }: DriverContext,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const mayPass = isPgforkError(error, 'BUSY') && error.hazard === undefined
      if (!mayPass || performance.now() + pauseMs > deadline) throw error
    }
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
      throw new PgforkError('ABORTED', 'The removal was aborted while it waited for something busy.', { cause })
    })
  }
}
