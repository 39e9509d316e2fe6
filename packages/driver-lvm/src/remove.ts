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
  untilNotBusy,
} from '@pgfork/core'
import { hasTag, listLogicalVolumes, tagOf } from './logical-volumes.ts'
import { runCommand } from './lvm-command.ts'
import type { Settings } from './options.ts'
import { itemOf, itemVolume } from './place.ts'

export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const item = itemOf(clone)
  const name = itemVolume('clone', clone)
  if (await isOurs(name, settings, context)) {
    await unmount(itemFiles(item), settings, context)
    await removeVolume(name, settings, context)
  }
  // The mount point is an empty directory by now.
  await removeItem(item, context, async (path) => {
    await context.runner.run('rmdir', ['--', path], { prefix: settings.prefix })
  })
}

export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const name = itemVolume('snapshot', snapshot)
  if (await isOurs(name, settings, context)) await removeVolume(name, settings, context)
}

async function isOurs(name: string, settings: Settings, context: DriverContext): Promise<boolean> {
  try {
    const [found] = await listLogicalVolumes(name, settings, context)
    if (found !== undefined && hasTag(found, tagOf.ours)) return true
    if (found !== undefined) context.warn(`${name} does not carry our tag: left alone (H57).`)
    return false
  } catch (error) {
    if (isPgforkError(error, 'STORAGE_MISSING')) return false
    throw error
  }
}

async function unmount(mountPoint: string, settings: Settings, context: DriverContext): Promise<void> {
  if ((await findMount(mountPoint)) === undefined) return
  try {
    await untilNotBusy(
      async () => void (await runCommand('umount', ['--', mountPoint], settings, context)),
      settings.busyTimeoutMs,
      context,
    )
  } catch (error) {
    if (!isPgforkError(error, 'BUSY')) throw error
    throw new PgforkError(
      'BUSY',
      `${mountPoint} can't be unmounted: ${describeHolders(await findHolders(mountPoint))}.`,
      {
        hazard: 'H56',
        cause: error,
        facts: { mountPoint },
      },
    )
  }
}

/** `--yes` answers the question about an active volume; a volume in use is refused all the same. The pool gets its blocks back at once. */
async function removeVolume(name: string, settings: Settings, context: DriverContext): Promise<void> {
  await untilNotBusy(
    async () => {
      await runCommand('lvremove', ['--yes', name], settings, context).catch((error: unknown) => {
        if (!isPgforkError(error, 'STORAGE_MISSING')) throw error
      })
    },
    settings.busyTimeoutMs,
    context,
  )
}
