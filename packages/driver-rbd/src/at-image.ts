import { isPgforkError, type Volume } from '@pgfork/core/driver'
import { type ImagePlace, placesOf } from './names.ts'

/** Does something with a volume's image, wherever it is: a clone that others came of has another name once it was removed. */
export async function atImage<Result>(volume: Volume, use: (place: ImagePlace) => Promise<Result>): Promise<Result> {
  const [first, ...others] = placesOf(volume)
  let found = use(first)
  for (const place of others)
    found = found.catch((error: unknown) => {
      if (!isPgforkError(error, 'COPY_MISSING')) throw error
      return use(place)
    })
  return found
}
