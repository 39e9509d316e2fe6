import { setImmediate } from 'node:timers/promises'
import { isSystemError } from '../../errors/from-system-error.ts'
import { Directory } from '../../files/directory.ts'

/** What others do meanwhile in this process waits no longer. */
const longestMs = 20

/**
 * The directories below this one that have another device number: subvolumes of Btrfs, and mounts. Their owner may put links in
 * their place meanwhile: none is followed, and nothing is read but what lies below (H59). Undefined when there are more entries than the limit.
 */
export async function findOtherDevices(path: string): Promise<string[]>
export async function findOtherDevices(path: string, limit: number): Promise<string[] | undefined>
export async function findOtherDevices(path: string, limit = Infinity): Promise<string[] | undefined> {
  using root = Directory.open(path)
  const { dev } = root.stats
  const found: string[] = []
  let seen = 0
  let begun = performance.now()
  const walk = async (directory: Directory): Promise<void> => {
    if (performance.now() - begun > longestMs) {
      await setImmediate()
      begun = performance.now()
    }
    const entries = directory.entries()
    seen += entries.length
    for (const entry of entries) {
      if (seen > limit) return
      if (!entry.isDirectory()) continue
      using child = enter(directory, entry.name)
      if (child?.stats.dev === dev) await walk(child)
      else if (child !== undefined) found.push(child.path)
    }
  }
  await walk(root)
  return seen > limit ? undefined : found
}

/** Undefined for what is gone, as when a database is dropped meanwhile, or is something else by now. */
function enter(directory: Directory, name: string): Directory | undefined {
  try {
    return directory.openDirectory(name)
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined
    throw error
  }
}
