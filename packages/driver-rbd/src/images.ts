import type { DriverContext } from '@pgfork/core/driver'
import { runJson } from './command.ts'
import { type ImagePlace, specOf } from './names.ts'
import type { Settings } from './options.ts'

/** What `rbd info` tells. */
export interface ImageInfo {
  readonly id: string
  readonly features: readonly string[]
  /** Where its blocks are, if not in its own pool. */
  readonly data_pool?: string
  /** `clone-child` of a clone, as long as it needs what it was made of. */
  readonly op_features?: readonly string[]
  /** Of a clone: what it was made of, which a key without rights on `rbd_trash` isn't told. */
  readonly parent?: ParentInfo
}

export interface ParentInfo {
  readonly pool: string
  readonly pool_namespace?: string
  /** Its name now. */
  readonly image: string
  readonly id: string
}

export const parentPlace = ({ pool, pool_namespace: namespace = '', image }: ParentInfo): ImagePlace => ({
  ...{ pool, namespace, image },
})

/** @throws PgforkError `COPY_MISSING` */
export const readImage = (place: ImagePlace, settings: Settings, context: DriverContext): Promise<ImageInfo> =>
  runJson('rbd', ['info', specOf(place)], settings, context)

/** A client that has an image open. */
export interface Watcher {
  readonly address: string
  readonly client: number
}

/** @throws PgforkError `COPY_MISSING` */
export async function listWatchers(
  place: ImagePlace,
  settings: Settings,
  context: DriverContext,
): Promise<readonly Watcher[]> {
  const { watchers } = await runJson<{ watchers: Watcher[] }>('rbd', ['status', specOf(place)], settings, context)
  return watchers
}

/** Who may write to an image. */
export interface Lock {
  readonly id: string
  /** `client.4123` */
  readonly locker: string
}

/** @throws PgforkError `COPY_MISSING` */
export const listLocks = (place: ImagePlace, settings: Settings, context: DriverContext): Promise<readonly Lock[]> =>
  runJson('rbd', ['lock', 'ls', specOf(place)], settings, context)

/** Names of images. Not `rbd ls --long`, which leaves out what the key may not look at, and fails when one goes meanwhile. */
export const listImages = (
  { pool, namespace }: Pick<ImagePlace, 'pool' | 'namespace'>,
  settings: Settings,
  context: DriverContext,
): Promise<readonly string[]> =>
  runJson('rbd', ['ls', [pool, ...(namespace === '' ? [] : [namespace])].join('/')], settings, context)

/** Names of an image's snapshots. */
export async function listSnapshots(place: ImagePlace, settings: Settings, context: DriverContext): Promise<string[]> {
  const rows = await runJson<{ name: string }[]>('rbd', ['snap', 'ls', specOf(place)], settings, context)
  return rows.map(({ name }) => name)
}
