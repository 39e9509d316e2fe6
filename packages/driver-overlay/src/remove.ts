import { rmdirSync } from 'node:fs'
import {
  type CloneReference,
  type DriverContext,
  type Entry,
  entryFiles,
  findMount,
  ignore,
  isPgforkError,
  listEntries,
  nameHolders,
  PgforkError,
  removeEntry,
  type SnapshotReference,
  untilNotBusy,
} from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import { entryOf, folderOf } from './names.ts'
import type { Settings } from './options.ts'
import { removeTree } from './remove-tree.ts'
import { snapshotOf } from './snapshot-of.ts'

export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const entry = entryOf('clone', clone)
  const mountPoint = entryFiles(entry)
  const isVolatile = clone.volume.attributes.volatile === 'true'
  let isUnmounted = false
  const removeContent = async (path: string): Promise<void> => {
    if (!isUnmounted) await unmount(mountPoint, isVolatile, settings, context)
    isUnmounted = true
    if (path !== mountPoint || !removeEmpty(path)) await removeTree(path, settings, context)
  }
  await removeEntry(entry, context, removeContent)
}

/** A mount point is empty, unless somebody wrote into it while nothing was mounted there. */
function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}

/** @throws PgforkError `BUSY` while a clone lies on it */
export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const entry = entryOf('snapshot', snapshot)
  const holder = await findCloneOf(snapshot)
  if (holder !== undefined)
    throw new PgforkError(
      'BUSY',
      `The snapshot ${snapshot.name} can't be removed: the clone ${holder} lies on it. Remove that first.`,
      { facts: { name: snapshot.name, clone: holder } },
    )
  await removeEntry(entry, context, (path) => removeTree(path, settings, context), settings.busyTimeoutMs)
}

/** One that is whole: nothing else needs the snapshot. */
async function findCloneOf({ volume, name }: SnapshotReference): Promise<string | undefined> {
  const clones = (await listEntries(folderOf(volume))).filter(
    (item) => item.kind === 'clone' && item.volume.id === volume.id,
  )
  for (const clone of clones) if ((await snapshotOfWhole(entryOf('clone', clone))) === name) return clone.name
  return undefined
}

async function snapshotOfWhole(clone: Entry): Promise<string | undefined> {
  try {
    return await snapshotOf(clone)
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING')) return undefined
    throw error
  }
}

/** How long a volatile clone may be busy. */
const patienceMs = 1_000

/**
 * Nobody uses a volatile clone again once its server has ended: who still works in it, such as a process that a test has left behind, keeps what
 * it has open, and the clone goes (H142). Any other stays for as long as somebody works in it (H56).
 */
async function unmount(
  mountPoint: string,
  isVolatile: boolean,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const attempt = async (...how: string[]): Promise<void> => {
    while ((await findMount(mountPoint)) !== undefined)
      await runCommand('umount', [...how, '--', mountPoint], settings, context).catch(ignore('COPY_MISSING'))
  }
  const { busyTimeoutMs } = settings
  const timeoutMs = isVolatile ? Math.min(busyTimeoutMs, patienceMs) : busyTimeoutMs
  await untilNotBusy(() => attempt(), timeoutMs, context).catch(async (error: unknown) => {
    const named = await nameHolders(error, `${mountPoint} is in use`, mountPoint)
    if (!isVolatile || !isPgforkError(named, 'BUSY')) throw named
    await attempt('--lazy')
    context.warn(`${named.message} It was removed all the same, and what is written there is lost.`)
  })
}
