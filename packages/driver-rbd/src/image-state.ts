import { type DriverContext, PgforkError } from '@pgfork/core/driver'
import { runCeph, runJson } from './command.ts'
import { type ImagePlace, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * That whoever writes to an image answers. A snapshot asks him to flush and to make it; if he hangs, Ceph takes the lock from him, and with a
 * key that may, shuts him out for good: a source would never write again (H98).
 *
 * @param id of the image, which may have got a name that the key may not find it by
 * @throws PgforkError `BUSY`, `COPY_MISSING`
 */
export async function requireAnswering(
  place: ImagePlace,
  id: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const ask = ['--pool', place.pool, '--namespace', place.namespace]
  const header = `rbd_header.${id}`
  const listLockers = async (): Promise<readonly Locker[]> =>
    (await runJson<{ lockers?: Locker[] }>('rados', [...ask, 'lock', 'info', header, 'rbd_lock'], settings, context))
      .lockers ?? []
  const listAlive = async (): Promise<ReadonlySet<string>> =>
    new Set(
      (await runCeph('rados', [...ask, 'listwatchers', header], settings, context)).match(/(?<= )client\.\d+(?= )/g),
    )
  const [known, watching] = await Promise.all([listLockers(), listAlive()])
  if (known.every(({ name }) => watching.has(name))) return
  // Who came or went in between, as one that made a snapshot, is seen by a second look, at one after the other.
  const lockers = await listLockers()
  const alive = await listAlive()
  const suspects = lockers.filter(({ name }) => !alive.has(name))
  if (suspects.length === 0) return
  const still = new Set((await listLockers()).map(({ name }) => name))
  const dead = suspects.filter(({ name }) => still.has(name))
  if (dead.length === 0) return
  const addresses = dead.map(({ addr }) => addr)
  throw new PgforkError(
    'BUSY',
    `${addresses.join(', ')} has the lock of ${specOf(place)} and does not answer: a snapshot or a removal could shut it out for good. See whether that host is ` +
      'well, and try again; a lock that a dead host left goes when the image is opened again.',
    { hazard: 'H98', facts: { image: specOf(place), addresses } },
  )
}

/** Who may write to an image. */
interface Locker {
  /** `client.4123` */
  readonly name: string
  readonly addr: string
}
