import { type DriverContext, ignore } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { listLocks, listWatchers } from './images.ts'
import { type ImagePlace, specOf } from './names.ts'
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
