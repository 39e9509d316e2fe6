import {
  type CloneReference,
  type DriverContext,
  describeHolders,
  findHolders,
  findMount,
  isPgforkError,
  itemFiles,
  PgforkError,
  removeItem,
  type SnapshotReference,
  type StoredItem,
  untilNotBusy,
} from '@pgfork/core'
import { hasMark } from './mark.ts'
import type { Settings } from './options.ts'
import { cloneName, holdTag, itemOf, snapshotName } from './place.ts'
import { runZfs } from './zfs-command.ts'

/** Unmounts and destroys a clone; never by force, never with what depends on it (H51). */
export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const dataset = cloneName(clone)
  const item = itemOf(clone)
  const found = await look(dataset, 'clone', settings, context)
  if (found === 'foreign') return
  if (found === 'ours') {
    await unmount(itemFiles(item), dataset, settings, context)
    await destroy(dataset, settings, context)
  }
  // The mount point is an empty directory by now.
  await removeItem(item, context, async (path) => {
    await context.runner.run('rmdir', ['--', path], { prefix: settings.prefix })
  })
}

/** Gives the hold back and destroys the snapshot; while a clone needs it, it stays and stays held. */
export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const name = snapshotName(snapshot)
  if ((await look(name, 'snapshot', settings, context)) !== 'ours') return
  await refuseWhileCloned(name, settings, context)
  await runZfs(['release', holdTag, name], settings, context).catch(ignoreNoSuchTag)
  try {
    await destroy(name, settings, context)
  } catch (error) {
    await runZfs(['hold', holdTag, name], settings, context).catch(() => {})
    throw error
  }
}

async function look(
  dataset: string,
  kind: StoredItem['kind'],
  settings: Settings,
  context: DriverContext,
): Promise<'ours' | 'foreign' | 'absent'> {
  try {
    if (await hasMark(dataset, kind, settings, context)) return 'ours'
    context.warn(`${dataset} does not carry our mark: left alone (H57).`)
    return 'foreign'
  } catch (error) {
    if (isPgforkError(error, 'STORAGE_MISSING')) return 'absent'
    throw error
  }
}

async function refuseWhileCloned(name: string, settings: Settings, context: DriverContext): Promise<void> {
  const clones = await runZfs(['get', '-Hp', '-o', 'value', 'clones', name], settings, context).catch(ignoreMissing)
  if (clones === undefined || clones === '' || clones === '-') return
  throw new PgforkError('BUSY', `${name} is needed by its clones ${clones.replaceAll(',', ', ')}.`, {
    hazard: 'H51',
    facts: { name, clones: clones.split(',') },
  })
}

async function unmount(mountPoint: string, dataset: string, settings: Settings, context: DriverContext): Promise<void> {
  if ((await findMount(mountPoint)) === undefined) return
  const attempt = async (): Promise<void> => {
    await runZfs(['unmount', dataset], settings, context).catch(ignoreMissing)
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY')) throw error
    const holders = describeHolders(await findHolders(mountPoint))
    throw new PgforkError('BUSY', `${mountPoint} can't be unmounted: ${holders}.`, {
      hazard: 'H56',
      cause: error,
      facts: { mountPoint, dataset },
    })
  })
}

/** A destroy may find what was just released still busy (H56). What depends on it is no matter of waiting. */
async function destroy(name: string, settings: Settings, context: DriverContext): Promise<void> {
  const attempt = async (): Promise<void> => {
    await runZfs(['destroy', name], settings, context)
      .catch(ignoreMissing)
      .catch((error: unknown) => {
        if (!isPgforkError(error, 'BUSY') || !/has (dependent clones|children)/.test(error.message)) throw error
        throw new PgforkError('BUSY', error.message, { hazard: 'H51', cause: error, facts: { name } })
      })
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY') || error.hazard !== undefined || !name.includes('@')) throw error
    const holds = await runZfs(['holds', '-H', name], settings, context).catch(() => '')
    const tags = holds.split('\n').flatMap((row) => row.split('\t')[1] ?? [])
    const reason = tags.length === 0 ? 'it is looked at in .zfs/snapshot, or sent' : `it is held by ${tags.join(', ')}`
    throw new PgforkError('BUSY', `${name} can't be destroyed: ${reason}.`, {
      hazard: 'H56',
      cause: error,
      facts: { name, holds: tags },
    })
  })
}

function ignoreMissing(error: unknown): undefined {
  if (!isPgforkError(error, 'STORAGE_MISSING')) throw error
}

/** Released by other means, or never held since the snapshot was half made. */
function ignoreNoSuchTag(error: unknown): void {
  const isAbsent =
    isPgforkError(error, 'STORAGE_MISSING') || (error instanceof Error && /no such tag/.test(error.message))
  if (!isAbsent) throw error
}
