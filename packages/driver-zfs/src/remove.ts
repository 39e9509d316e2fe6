import {
  type CloneReference,
  type DriverContext,
  entryFiles,
  findMount,
  ignore,
  isPgforkError,
  nameHolders,
  PgforkError,
  removeEntry,
  removeMountPoint,
  type SnapshotReference,
  type StoredItem,
  untilNotBusy,
  type Volume,
} from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { isMark, markProperty } from './mark.ts'
import { cloneName, holdTag, mountEntry, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { requirePool } from './require-pool.ts'

/** Unmounts and destroys a clone, never by force and never together with what depends on it (H51). */
export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const dataset = cloneName(clone)
  const entry = mountEntry(clone)
  const found = await look(dataset, 'clone', clone.volume, settings, context)
  if (found === 'foreign') return
  if (found !== 'absent') {
    await unmount(entryFiles(entry), dataset, settings, context)
    await destroy(dataset, settings, context)
  }
  // The mount point is an empty directory by now.
  const rmdir = async (path: string): Promise<void> =>
    void (await context.runner.run('rmdir', ['--', path], { prefix: settings.prefix }))
  await removeMountPoint(entry, rmdir)
  await removeEntry(entry, context, rmdir)
}

/** Releases and destroys the snapshot. While a clone needs it, it stays and stays held. */
export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const name = snapshotName(snapshot)
  const found = await look(name, 'snapshot', snapshot.volume, settings, context)
  if (found === 'absent' || found === 'foreign') return
  if (found.clones.length > 0)
    throw new PgforkError('BUSY', `${name} is needed by its clones ${found.clones.join(', ')}.`, {
      hazard: 'H51',
      facts: { name, clones: found.clones },
    })
  await runZfs(['release', holdTag, name], settings, context).catch(ignoreNoSuchTag)
  try {
    await destroy(name, settings, context)
  } catch (error) {
    await runZfs(['hold', holdTag, name], settings, context).catch(() => {})
    throw error
  }
}

/** What is ours, with the clones that need it. */
async function look(
  name: string,
  kind: StoredItem['kind'],
  volume: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<{ readonly clones: readonly string[] } | 'foreign' | 'absent'> {
  const text = await runZfs(
    ['get', '-Hp', '-o', 'property,value,source', `${markProperty},clones`, name],
    settings,
    context,
  ).catch(ignore('COPY_MISSING'))
  if (text === undefined) {
    await requirePool(volume, settings, context)
    return 'absent'
  }
  const rows = text.split('\n').map((row) => row.split('\t'))
  if (!rows.some(([property, ...rest]) => property === markProperty && isMark(rest, kind))) {
    context.warn(`${name} doesn't have pgfork's mark, so it is left alone (H57).`)
    return 'foreign'
  }
  const clones = rows.find(([property]) => property === 'clones')?.[1] ?? ''
  return { clones: clones.split(',').filter((clone) => clone !== '' && clone !== '-') }
}

async function unmount(mountPoint: string, dataset: string, settings: Settings, context: DriverContext): Promise<void> {
  if ((await findMount(mountPoint)) === undefined) return
  const attempt = async (): Promise<void> => {
    await runZfs(['unmount', dataset], settings, context).catch(ignore('COPY_MISSING'))
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    throw await nameHolders(error, `${mountPoint} can't be unmounted`, mountPoint)
  })
}

/** What was just released may still be busy for a moment (H56). Clones and snapshots of it don't go away by waiting. */
async function destroy(name: string, settings: Settings, context: DriverContext): Promise<void> {
  const attempt = async (): Promise<void> => {
    await runZfs(['destroy', name], settings, context)
      .catch(ignore('COPY_MISSING'))
      .catch((error: unknown) => {
        if (!isPgforkError(error, 'BUSY') || !/has (dependent clones|children)/.test(error.message)) throw error
        throw new PgforkError('BUSY', error.message, { hazard: 'H51', cause: error, facts: { name } })
      })
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    if (!isPgforkError(error, 'BUSY') || error.hazard !== undefined) throw error
    // It was unmounted here.
    if (!name.includes('@')) throw await nameHolders(error, `${name} can't be destroyed`, name)
    const holds = await runZfs(['holds', '-H', name], settings, context).catch(() => '')
    const tags = holds.split('\n').flatMap((row) => row.split('\t')[1] ?? [])
    const reason =
      tags.length === 0 ? 'it is in use in .zfs/snapshot, or being sent' : `it is held by ${tags.join(', ')}`
    throw new PgforkError('BUSY', `${name} can't be destroyed: ${reason}.`, {
      hazard: 'H56',
      cause: error,
      facts: { name, holds: tags },
    })
  })
}

/** Released by another tool, or never held because the snapshot was only half made. */
function ignoreNoSuchTag(error: unknown): void {
  const isAbsent = isPgforkError(error, 'COPY_MISSING') || (error instanceof Error && /no such tag/.test(error.message))
  if (!isAbsent) throw error
}
