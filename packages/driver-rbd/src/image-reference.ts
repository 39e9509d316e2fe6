import { PgforkError, type VolumeReference } from '@pgfork/core/driver'
import type { ImagePlace } from './names.ts'
import { isPlainName } from './options.ts'

/**
 * An image by its name, for `source.volume`: `pool/image` or `pool/namespace/image`.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function image(name: string): VolumeReference {
  parseImage(name)
  return { driver: 'rbd', volume: name }
}

/** @throws PgforkError `INVALID_OPTION` */
export function parseImage(name: unknown): ImagePlace {
  const parts = typeof name === 'string' ? name.split('/') : []
  const [pool = '', second = '', third] = parts
  if (parts.length === 2 && parts.every(isPlainName)) return { pool, namespace: '', image: second }
  if (parts.length === 3 && third !== undefined && parts.every(isPlainName))
    return { pool, namespace: second, image: third }
  throw new PgforkError(
    'INVALID_OPTION',
    `rbd.image() takes pool/image or pool/namespace/image, each of letters, digits and . _ + : -, not ${JSON.stringify(name)}.`,
    { facts: { option: 'volume', given: name } },
  )
}
