import { type DriverContext, ignore, isPgforkError } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { listLocks, listWatchers } from './images.ts'
import { isWaiting } from './mappers/index.ts'
import { type ImagePlace, parseName, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * Takes the locks of a clone from clients that don't have it open, without shutting anybody out: they died here, since hosts' clones have names of their own
 * (H99). Never of a source.
 */
export async function dropLocks(place: ImagePlace, settings: Settings, context: DriverContext): Promise<void> {
  const locks = await listLocks(place, settings, context)
  if (locks.length === 0) return
  // Afterwards: who has a lock had the image open before, as another process may that starts the fork at this moment.
  const watchers = await listWatchers(place, settings, context)
  const alive = new Set(watchers.map(({ client }) => `client.${client}`))
  for (const { id, locker } of locks.filter((lock) => !alive.has(lock.locker))) {
    const words = ['lock', 'rm', '--rbd-blocklist-on-break-lock=false', specOf(place), id, locker]
    await changeImages(words, settings, context).catch(ignore('COPY_MISSING'))
  }
}

/**
 * Does something for which Ceph takes an image's lock. Who died in the middle of that left the lock behind, for which all others wait, the kernel too that
 * has a fork's clone mapped: of a clone of this host's it is taken, and the thing done (H99).
 */
export async function pastDeadLocks<Result>(
  place: ImagePlace,
  settings: Settings,
  context: DriverContext,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!isPgforkError(error, 'BUSY') || parseName(place.image)?.host !== settings.host) throw error
    await dropLocks(place, settings, context)
    return act()
  }
}

/** Gets a clone going again of which writes wait here for a lock that somebody died with. @param place of a clone of this host's */
export async function wakeWaiting(place: ImagePlace, settings: Settings, context: DriverContext): Promise<void> {
  if (await isWaiting(place)) await dropLocks(place, settings, context)
}
