import {
  type CloneReference,
  type DriverContext,
  type Entry,
  entryFiles,
  findEntry,
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

export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const entry = entryOf('clone', clone)
  const removeContent = async (path: string): Promise<void> => {
    await unmount(entryFiles(entry), settings, context)
    await removeTree(path, settings, context)
  }
  await removeEntry(entry, context, removeContent)
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
  for (const clone of clones) if ((await snapshotOf(entryOf('clone', clone))) === name) return clone.name
  return undefined
}

async function snapshotOf(clone: Entry): Promise<string | undefined> {
  try {
    return (await findEntry(clone)).notes.snapshot
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING')) return undefined
    throw error
  }
}

async function unmount(mountPoint: string, settings: Settings, context: DriverContext): Promise<void> {
  const attempt = async (): Promise<void> => {
    while ((await findMount(mountPoint)) !== undefined)
      await runCommand('umount', ['--', mountPoint], settings, context).catch(ignore('COPY_MISSING'))
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    throw await nameHolders(error, `${mountPoint} can't be unmounted`, mountPoint)
  })
}
