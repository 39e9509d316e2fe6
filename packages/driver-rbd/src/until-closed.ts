import { setTimeout as delay } from 'node:timers/promises'
import { type DriverContext, PgforkError, throwIfAborted } from '@pgfork/core/driver'
import { listWatchers } from './images.ts'
import { type ImagePlace, specOf } from './names.ts'
import type { Settings } from './options.ts'

/** Longer than a client that died has an image open for Ceph. */
const watchMs = 40_000
const pauseMs = 500

interface UntilClosedOptions {
  /** This host's client, such as `client4123`, which has it open already. Default: none. */
  readonly own?: string
  /** Default: longer than Ceph takes to see that a client has died. */
  readonly waitMs?: number
}

/**
 * Waits until nobody else has a clone open: two that write to it destroy it, and Ceph lets them take turns (H99).
 *
 * @throws PgforkError `BUSY` with who has it, `COPY_MISSING`, `ABORTED`
 */
export async function untilClosed(
  place: ImagePlace,
  settings: Settings,
  context: DriverContext,
  { own, waitMs = Math.max(watchMs, settings.busyTimeoutMs) }: UntilClosedOptions = {},
): Promise<void> {
  const { signal } = context
  const deadline = performance.now() + waitMs
  for (;;) {
    const watchers = (await listWatchers(place, settings, context)).filter(({ client }) => `client${client}` !== own)
    if (watchers.length === 0) return
    if (performance.now() > deadline)
      throw new PgforkError(
        'BUSY',
        `${specOf(place)} is open at ${watchers.map(({ address }) => address).join(', ')}, and two that write to it would destroy it. Close it there.`,
        { hazard: 'H99', facts: { image: specOf(place), watchers } },
      )
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => {})
    throwIfAborted(signal, `Nobody waits any longer until ${specOf(place)} is closed.`)
  }
}
