import { type DriverContext, PgforkError } from '@pgfork/core/driver'
import { deadLocks, listLocks, listWatchers } from './images.ts'
import { type ImagePlace, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * That whoever writes to an image answers. A snapshot asks him to flush and to make it; if he hangs, Ceph takes the lock from him, and with a
 * key that may, shuts him out for good: a source would never write again (H98).
 *
 * @throws PgforkError `BUSY`, `COPY_MISSING`
 */
export async function requireAnswering(place: ImagePlace, settings: Settings, context: DriverContext): Promise<void> {
  // One after the other: forks that are made at once run as many commands as there are of them anyway.
  const locks = await listLocks(place, settings, context)
  const watchers = await listWatchers(place, settings, context)
  const dead = deadLocks(locks, watchers)
  if (dead.length === 0) return
  const addresses = dead.map(({ address }) => address)
  throw new PgforkError(
    'BUSY',
    `${addresses.join(', ')} has the lock of ${specOf(place)} and does not answer: a snapshot could shut it out for good. See whether that host ` +
      'is well, and try again; a lock that a dead host left goes when the image is opened again.',
    { hazard: 'H98', facts: { image: specOf(place), addresses } },
  )
}
