import { type DriverClaims, type DriverContext, ignore, isPgforkError, type Volume } from '@pgfork/core/driver'
import { runCeph, runJson } from './command.ts'
import { claimsOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * An object for each name, with a lock: of several clients that want it at once, the cluster gives it to one, and it stays until the object goes. Its cookie
 * says whose it is, from the same instant on.
 */
const objectOf = (name: string): string => `pgfork-t-${name}`
const lock = 'claim'

/** The names are listed here as well, before they are taken: to list a namespace's objects is to list all blocks of its images. */
const index = 'pgfork-claims'

interface LockInfo {
  readonly lockers: readonly { readonly cookie: string }[]
}

export function claimsWith(settings: Settings): DriverClaims {
  const run = (volume: Volume, words: readonly string[], context: DriverContext): Promise<string> =>
    runCeph('rados', [...objectsIn(volume), ...words], settings, context)
  return {
    async take(volume, name, holder, context) {
      const [listing, locking] = takeWords(volume, name, holder)
      await runCeph('rados', listing, settings, context)
      try {
        await runCeph('rados', locking, settings, context)
        return true
      } catch (error) {
        if (isPgforkError(error, 'BUSY') || isPgforkError(error, 'TARGET_EXISTS')) return false
        throw error
      }
    },
    holds: async (volume, name, holder, context) =>
      (await cookiesOf(volume, name, settings, context)).includes(cookieOf(volume, holder)),
    async release(volume, name, holder, context) {
      // Right before it goes: whoever was seen with it a while ago may have given it back, and another one have it now.
      if (!(await this.holds(volume, name, holder, context))) return
      await run(volume, ['rmomapkey', index, name], context).catch(ignore('COPY_MISSING'))
      await run(volume, ['rm', objectOf(name)], context).catch(ignore('COPY_MISSING'))
    },
    list: (volume, context) => listClaims(volume, settings, context),
  }
}

/** What `rados` is told, twice. */
export const takeWords = (volume: Volume, name: string, holder: string) =>
  [
    [...objectsIn(volume), 'setomapval', index, name, ''],
    [...objectsIn(volume), 'lock', 'get', objectOf(name), lock, '--lock-cookie', cookieOf(volume, holder)],
  ] as const

const objectsIn = (volume: Volume): string[] => {
  const { pool, namespace } = claimsOf(volume)
  return ['--pool', pool, '--namespace', namespace]
}

const cookieOf = ({ attributes: { host = '' } }: Volume, holder: string): string => `${host}+${holder}`

async function cookiesOf(
  volume: Volume,
  name: string,
  settings: Settings,
  context: DriverContext,
): Promise<readonly string[]> {
  const words = [...objectsIn(volume), 'lock', 'info', objectOf(name), lock]
  const found = await runJson<LockInfo>('rados', words, settings, context).catch(ignore('COPY_MISSING'))
  return (found?.lockers ?? []).map(({ cookie }) => cookie)
}

async function listClaims(volume: Volume, settings: Settings, context: DriverContext): Promise<string[]> {
  const words = [...objectsIn(volume), 'listomapkeys', index]
  const text = await runCeph('rados', words, settings, context).catch(ignore('COPY_MISSING'))
  return (text ?? '').split('\n').filter((name) => name !== '')
}

/** The names that the host of a volume has taken, and for whom. */
export async function claimsOfHost(
  volume: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<{ readonly name: string; readonly holder: string }[]> {
  const own: { name: string; holder: string }[] = []
  const prefix = cookieOf(volume, '')
  for (const name of await listClaims(volume, settings, context)) {
    const cookies = await cookiesOf(volume, name, settings, context)
    const cookie = cookies.find((one) => one.startsWith(prefix))
    if (cookie !== undefined) own.push({ name, holder: cookie.slice(prefix.length) })
  }
  return own
}
