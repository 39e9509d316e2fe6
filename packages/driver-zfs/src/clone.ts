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
  const properties = [...inherited, ...own, `mountpoint=${mountPoint}`]
  const options = [...properties.flatMap((property) => ['-o', property]), ...markOptions('clone', [volume])]
  const clone = (): Promise<string> => runZfs(['clone', ...options, origin, cloneName(request)], settings, context)
  await clone().catch(async (error: unknown) => {
    if (!(isPgforkError(error, 'COPY_MISSING') && /parent does not exist/.test(error.message))) throw error
    await makeParent(volume.attributes.parent ?? '', settings, context)
    await clone()
  })
}

/** Of a snapshot that is ours, as words for `-o`. @throws PgforkError `COPY_MISSING` (H57) */
async function originProperties(
  origin: string,
  dataset: string,
  settings: Settings,
  context: DriverContext,
): Promise<string[]> {
  const names = [markProperty, ...likeOrigin].join(',')
  const text = await runZfs(
    ['get', '-Hp', '-o', 'name,property,value,source', names, origin, dataset],
    settings,
    context,
  )
  const rows = text.split('\n').map((row) => row.split('\t'))
  if (
    !rows.some(([name, property, ...rest]) => name === origin && property === markProperty && isMark(rest, 'snapshot'))
  )
    throw new PgforkError('COPY_MISSING', `The snapshot ${origin} doesn't have pgfork's mark, so it is not used.`, {
      hazard: 'H57',
      facts: { origin },
    })
  return rows.flatMap(([name, property = '', value = '-']) =>
    name === dataset && value !== '-' && likeOrigin.includes(property) ? [`${property}=${value}`] : [],
  )
}

/** The dataset that clones are made in. It is never mounted, and stays. */
async function makeParent(parent: string, settings: Settings, context: DriverContext): Promise<void> {
  const options = ['-o', 'canmount=off', '-o', 'mountpoint=none']
  // Another process may be faster.
  await runZfs(['create', '-p', ...options, parent], settings, context).catch(ignore('TARGET_EXISTS'))
}
