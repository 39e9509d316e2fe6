import {
  type CloneRequest,
  createItem,
  type DriverContext,
  handOverItem,
  isPgforkError,
  PgforkError,
} from '@pgfork/core'
import { hasMark, markOptions } from './mark.ts'
import type { Settings } from './options.ts'
import { cloneName, datasetOf, itemOf, snapshotName } from './place.ts'
import { runZfs } from './zfs-command.ts'

/** Properties that a clone would take from its new parent, not from its origin (H52). */
const likeOrigin = [
  ...['recordsize', 'compression', 'checksum', 'dedup', 'copies', 'logbias', 'sync', 'primarycache', 'secondarycache'],
  ...['atime', 'relatime', 'xattr', 'acltype', 'exec', 'setuid', 'devices'],
]

/**
 * What is the clone's own: nothing but us mounts it, not at boot, not by systemd's generator (H52); nobody gets at it over
 * the network (H29); and a pruner's snapshots would keep it from being removed.
 */
const own = [
  ...['canmount=noauto', 'org.openzfs.systemd:ignore=on', 'readonly=off', 'sharenfs=off', 'sharesmb=off'],
  'com.sun:auto-snapshot=false',
]

/** A clone is a dataset of its own, below `parent`. */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  const { volume, snapshot } = request
  const origin = snapshotName(snapshot)
  if (!(await hasMark(origin, 'snapshot', settings, context)))
    throw new PgforkError('STORAGE_MISSING', `The snapshot ${origin} does not carry our mark.`, {
      hazard: 'H57',
      facts: { origin },
    })
  const item = itemOf(request)
  await makeParent(volume.attributes.parent ?? '', settings, context)
  const mountPoint = await createItem(item)
  const inherited = await originProperties(datasetOf(snapshot.volume), settings, context)
  const properties = [...inherited, ...own, `mountpoint=${mountPoint}`]
  const options = [...properties.flatMap((property) => ['-o', property]), ...markOptions('clone', [volume])]
  await runZfs(['clone', ...options, origin, cloneName(request)], settings, context)
  await handOverItem(item, request.owner)
}

async function originProperties(dataset: string, settings: Settings, context: DriverContext): Promise<string[]> {
  const rows = await runZfs(['get', '-Hp', '-o', 'property,value', likeOrigin.join(','), dataset], settings, context)
  return rows
    .split('\n')
    .filter((row) => row !== '' && !row.endsWith('\t-'))
    .map((row) => row.replace('\t', '='))
}

/** The dataset that clones are made in. It is never mounted, and stays. */
async function makeParent(parent: string, settings: Settings, context: DriverContext): Promise<void> {
  const exists = await runZfs(['list', '-Hp', '-o', 'name', parent], settings, context).then(
    () => true,
    (error: unknown) => {
      if (isPgforkError(error, 'STORAGE_MISSING')) return false
      throw error
    },
  )
  if (exists) return
  await runZfs(['create', '-p', '-o', 'canmount=off', '-o', 'mountpoint=none', parent], settings, context).catch(
    (error: unknown) => {
      // Another process was faster.
      if (!isPgforkError(error, 'TARGET_EXISTS')) throw error
    },
  )
}
