import { type DriverContext, isPgforkError, PgforkError, type Volume } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import type { Settings } from './options.ts'

/**
 * That the pool of a volume is imported, so that what isn't in it is gone (H72). ZFS says of a dataset that it doesn't exist either way.
 *
 * @throws PgforkError `STORAGE_MISSING`
 */
export async function requirePool(
  { pool, attributes }: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const name = pool.slice('zfs:'.length)
  const found = await guidOf(name, settings, context)
  if (found !== undefined && found === (attributes.poolGuid ?? found)) return
  throw new PgforkError(
    'STORAGE_MISSING',
    found === undefined
      ? `The pool ${name} is not imported. Import it (zpool import ${name}) and try again. Until then nothing of it counts as removed.`
      : `The pool ${name} is another one than that of the volume: its guid is ${found}, not ${attributes.poolGuid}. Import the right one and try again.`,
    { hazard: 'H72', facts: { pool: name, expected: attributes.poolGuid, found } },
  )
}

const guidOf = (pool: string, settings: Settings, context: DriverContext): Promise<string | undefined> =>
  runZfs(['get', '-Hp', '-o', 'value', 'guid', pool], settings, context).then(
    (text) => text.trim(),
    (error: unknown) => {
      if (isPgforkError(error, 'COPY_MISSING')) return undefined
      throw error
    },
  )
