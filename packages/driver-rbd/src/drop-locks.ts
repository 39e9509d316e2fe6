import type { DriverContext } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { listLocks } from './images.ts'
import { type ImagePlace, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * Takes the locks of a clone that nobody has open, without shutting anybody out: a lock that is left was a client's that died here, since hosts' clones have
 * names of their own (H99). Never of a source.
 */
export async function dropLocks(place: ImagePlace, settings: Settings, context: DriverContext): Promise<void> {
  for (const { id, locker } of await listLocks(place, settings, context)) {
    const words = ['lock', 'rm', '--rbd-blocklist-on-break-lock=false', specOf(place), id, locker]
    await changeImages(words, settings, context)
  }
}
