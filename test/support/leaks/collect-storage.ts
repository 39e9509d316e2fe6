import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isBelow } from '../system/is-below.ts'
import { listLoopDevices } from '../system/loop-devices.ts'
import { listMounts, type Mount } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import type { SystemScope } from './system-scope.ts'

export async function collectMounts({ folders, wholeMachine }: SystemScope): Promise<string[]> {
  return (await listMounts())
    .filter(({ mountPoint }) => wholeMachine || folders.some((folder) => isBelow(mountPoint, folder)))
    .map(({ mountPoint, source, fileSystem }) => `${mountPoint} (${fileSystem} of ${source})`)
}

export async function collectLoopDevices({ folders, wholeMachine }: SystemScope): Promise<string[]> {
  return (await listLoopDevices())
    .filter(({ backingFile }) => wholeMachine || folders.some((folder) => isBelow(backingFile, folder)))
    .map(({ device, backingFile }) => `${device} of ${backingFile}`)
}

/** All subvolumes of each Btrfs that holds a folder of the scope. Only root may list them; others see their folders as files. */
export async function collectSubvolumes({ folders }: SystemScope): Promise<string[]> {
  if (process.geteuid?.() !== 0) return []
  const mounts = await listMounts()
  const roots = new Set<string>()
  for (const folder of folders) {
    const mount = mountOf(folder, mounts)
    if (mount?.fileSystem === 'btrfs') roots.add(mount.mountPoint)
  }
  const lists = await Promise.all(
    [...roots].map(async (root) => {
      const { stdout } = await runner.run('btrfs', ['subvolume', 'list', root])
      // "ID 256 gen 7 top level 5 path main"; the generation changes with every write.
      return [...stdout.matchAll(/^ID (\d+) .* path (.*)$/gm)].map(
        ([, id, path]) => `${join(root, path ?? '')} (id ${id})`,
      )
    }),
  )
  return lists.flat()
}

export async function collectFiles({ folders, exceptFilesIn = [] }: SystemScope): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) await collectBelow(folder)
  return [...new Set(found)]

  async function collectBelow(folder: string): Promise<void> {
    // What vanishes meanwhile is no leak.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name)
      if (exceptFilesIn.some((excluded) => isBelow(path, excluded))) continue
      found.push(path)
      if (entry.isDirectory()) await collectBelow(path)
    }
  }
}

/** The mount that a path lies on: the longest mount point, and of equal ones the youngest. */
function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter(({ mountPoint }) => mountPoint === '/' || isBelow(path, mountPoint))
    .reduce<Mount | undefined>(
      (best, mount) => (mount.mountPoint.length >= (best?.mountPoint.length ?? 0) ? mount : best),
      undefined,
    )
}
