import {
  type CloneRequest,
  createEntry,
  type DriverContext,
  ignore,
  isPgforkError,
  PgforkError,
} from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { isMark, markOptions, markProperty } from './mark.ts'
import { cloneName, datasetOf, mountEntry, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { requirePool } from './require-pool.ts'

/** Properties that a clone would take from its new parent, not from its origin (H52). */
const likeOrigin = [
  ...['recordsize', 'compression', 'checksum', 'dedup', 'copies', 'logbias', 'sync', 'primarycache', 'secondarycache'],
  ...['atime', 'relatime', 'xattr', 'acltype', 'exec'],
]

/**
 * The clone's own properties. Only the driver mounts it, neither the boot nor systemd's generator (H52). It isn't shared over the
 * network (H29). No automatic snapshots are made of it, which would keep it from being removed. Setuid programs and devices that the source's
 * dataset holds besides a cluster have no effect in it: it would keep those that an update has replaced since (H83).
 */
const own = [
  ...['canmount=noauto', 'org.openzfs.systemd:ignore=on', 'readonly=off', 'sharenfs=off', 'sharesmb=off'],
  ...['setuid=off', 'devices=off'],
  'com.sun:auto-snapshot=false',
]

/** A clone is a dataset of its own, below `parent`. */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  const { volume, snapshot } = request
  const origin = snapshotName(snapshot)
  const inherited = await originProperties(origin, datasetOf(snapshot.volume), settings, context).catch(
    async (error: unknown) => {
      if (isPgforkError(error, 'COPY_MISSING')) await requirePool(snapshot.volume, settings, context)
      throw error
    },
  )
  const entry = mountEntry(request)
  const mountPoint = await createEntry(entry)
  const words = cloneWords(request, inherited, mountPoint)
  const clone = (): Promise<string> => runZfs(words, settings, context)
  await clone().catch(async (error: unknown) => {
    if (!(isPgforkError(error, 'COPY_MISSING') && /parent does not exist/.test(error.message))) throw error
    await makeParent(volume.attributes.parent ?? '', settings, context)
    await clone()
  })
}

/** What `zfs` is told. */
export function cloneWords(request: CloneRequest, inherited: readonly string[], mountPoint: string): string[] {
  const properties = [...inherited, ...own, `mountpoint=${mountPoint}`]
  const options = [...properties.flatMap((property) => ['-o', property]), ...markOptions('clone', [request.volume])]
  return ['clone', ...options, snapshotName(request.snapshot), cloneName(request)]
}

/** The same, to learn of a dataset and perhaps its snapshot what a clone gets. */
export const propertyWords = (...of: readonly string[]): string[] => [
  ...['get', '-Hp', '-o', 'name,property,value,source', [markProperty, ...likeOrigin].join(',')],
  ...of,
]

/** What `zfs get` told of a dataset. */
export const inheritedOf = (dataset: string, rows: readonly (readonly string[])[]): string[] =>
  rows.flatMap(([name, property = '', value = '-']) =>
    name === dataset && value !== '-' && likeOrigin.includes(property) ? [`${property}=${value}`] : [],
  )

export const rowsOf = (text: string): string[][] => text.split('\n').map((row) => row.split('\t'))

/** Of a snapshot that is ours, as words for `-o`. @throws PgforkError `COPY_MISSING` (H57) */
async function originProperties(
  origin: string,
  dataset: string,
  settings: Settings,
  context: DriverContext,
): Promise<string[]> {
  const rows = rowsOf(await runZfs(propertyWords(origin, dataset), settings, context))
  if (
    !rows.some(([name, property, ...rest]) => name === origin && property === markProperty && isMark(rest, 'snapshot'))
  )
    throw new PgforkError('COPY_MISSING', `The snapshot ${origin} doesn't have pgfork's mark, so it is not used.`, {
      hazard: 'H57',
      facts: { origin },
    })
  return inheritedOf(dataset, rows)
}

/** The dataset that clones are made in. It is never mounted, and stays. */
async function makeParent(parent: string, settings: Settings, context: DriverContext): Promise<void> {
  // Another process may be faster.
  await runZfs(parentWords(parent), settings, context).catch(ignore('TARGET_EXISTS'))
}

export const parentWords = (parent: string): string[] => [
  ...['create', '-p', '-o', 'canmount=off', '-o', 'mountpoint=none'],
  parent,
]
