import { type DriverContext, PgforkError, type Volume } from '@pgfork/core/driver'
import { runJson } from './command.ts'
import { placeOf, placesOf, specOf, wordsOfId } from './names.ts'
import type { DriverSettings } from './options.ts'
import { refuseWideKey } from './refuse-wide-key.ts'

/**
 * That an image that was forked can be forked again: that the key is narrow, and that the image has the name by which it was forked, by which alone its snapshots can be cloned. Another one may have that by now: what is given up for a new
 * clone would be lost (H72).
 *
 * @throws PgforkError `STORAGE_MISSING`, `COPY_MISSING`, `SETTING_REFUSED` (H98)
 */
export async function requireName(volume: Volume, settings: DriverSettings, context: DriverContext): Promise<void> {
  await refuseWideKey(settings, context)
  const byId = wordsOfId(volume)
  if (byId === undefined) return
  const { name } = await runJson<{ readonly name: string }>('rbd', ['info', ...byId], settings, context)
  if (placesOf(volume).some(({ image }) => image === name)) return
  const spec = specOf(placeOf(volume))
  throw new PgforkError(
    'STORAGE_MISSING',
    `The image that was ${spec} is called ${name} now, and what is to be cloned is in that one. Give it its name back, or make a new fork. ` +
      'What there is of it can be removed all the same.',
    { hazard: 'H72', facts: { image: spec, name } },
  )
}
