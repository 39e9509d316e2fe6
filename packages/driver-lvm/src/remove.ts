import { realpath } from 'node:fs/promises'
import {
  type CloneReference,
  type DriverContext,
  ignore,
  isPgforkError,
  listMounts,
  nameHolders,
  removeEntry,
  removeMountPoint,
  type SnapshotReference,
  untilNotBusy,
  type Volume,
} from '@pgfork/core/driver'
import { changePool, runCommand } from './command.ts'
import { deviceNumber, hasTag, type LogicalVolume, listLogicalVolumes, tagOf } from './logical-volumes.ts'
import { cloneName, deviceOf, mountEntry, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { requireGroup } from './require-group.ts'

/** Unmounts and removes a clone; its pool has the blocks back when this returns. */
export async function removeClone(clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> {
  const name = cloneName(clone)
  const found = await findOurs(name, clone.volume, settings, context)
  if (found === 'foreign') return
  if (found !== undefined) {
    await unmount(found, settings, context)
    await removeVolume(name, settings, context)
  }
  // The mount point is an empty directory by now.
  const entry = mountEntry(clone)
  const rmdir = async (path: string): Promise<void> => void (await runCommand('rmdir', ['--', path], settings, context))
  await removeMountPoint(entry, rmdir)
  await removeEntry(entry, context, rmdir)
}

export async function removeSnapshot(
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const name = snapshotName(snapshot)
  const found = await findOurs(name, snapshot.volume, settings, context)
  if (found !== undefined && found !== 'foreign') await removeVolume(name, settings, context)
}

async function findOurs(
  name: string,
  volume: Volume,
  settings: Settings,
  context: DriverContext,
): Promise<LogicalVolume | 'foreign' | undefined> {
  try {
    const [found] = await listLogicalVolumes(name, settings, context)
    if (found === undefined || hasTag(found, tagOf.ours)) return found
    context.warn(`${name} doesn't have pgfork's tag, so it is left alone (H57).`)
    return 'foreign'
  } catch (error) {
    if (!isPgforkError(error, 'COPY_MISSING')) throw error
    await requireGroup(volume, settings, context)
    return undefined
  }
}

/** Wherever it is mounted. */
async function unmount(clone: LogicalVolume, settings: Settings, context: DriverContext): Promise<void> {
  const mounts = await listMounts()
  for (const { mountPoint } of mounts.filter(({ device }) => device === deviceNumber(clone)).reverse()) {
    const attempt = async (): Promise<void> => {
      await runCommand('umount', ['--', mountPoint], settings, context).catch(ignore('COPY_MISSING'))
    }
    await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
      throw await nameHolders(error, `${mountPoint} can't be unmounted`, mountPoint)
    })
  }
}

/** `--yes` answers the question about an active volume; one in use is refused all the same. */
async function removeVolume(name: string, settings: Settings, context: DriverContext): Promise<void> {
  const attempt = async (): Promise<void> => {
    await changePool('lvremove', ['--yes', name], settings, context).catch(ignore('COPY_MISSING'))
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context).catch(async (error: unknown) => {
    throw await nameHolders(error, `${name} can't be removed`, await devicePath(name))
  })
}

/** `/dev/dm-5`, as open files of it are listed. */
const devicePath = (name: string): Promise<string> => realpath(deviceOf(name)).catch(() => deviceOf(name))
