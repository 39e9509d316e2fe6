import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '@pgfork/core/driver'
import type { Copy } from './copy.ts'
import { copyFileOf } from './copy-file.ts'

/** How often a directory is read in which files keep coming and going: what one reading misses, another one finds. */
const mostReadings = 10

/** A change within one tick of the kernel's clock, up to 10 ms, leaves the time of the change before it. */
const tickMs = 20

/**
 * Copies files of a live source that aren't in the copy although they were there all the time: whether reading a directory
 * yields a name that another file is renamed to meanwhile is undefined (POSIX, readdir), and on Btrfs it often doesn't.
 * PostgreSQL replaces some of its files that way, such as pg_filenode.map.
 */
export async function copyMissed(copy: Copy, signal: AbortSignal | undefined, directory = ''): Promise<void> {
  if (copy.omit.includes(directory)) return
  const target = join(copy.target, directory)
  const copied = new Set((await readEntries(target)).map(({ name }) => name))
  const directories = new Set<string>()
  for (let reading = 1; reading <= mostReadings; reading++) {
    const { entries, isComplete } = await readSteadily(join(copy.source, directory))
    for (const entry of entries) {
      const path = join(directory, entry.name)
      // A directory that is new belongs to what happened after the copy was begun.
      if (entry.isDirectory() && copied.has(entry.name)) directories.add(path)
      if (!entry.isFile() || copied.has(entry.name)) continue
      await copyUnlessVanished(path, copy, signal)
      copied.add(entry.name)
    }
    if (isComplete) break
  }
  for (const path of directories) await copyMissed(copy, signal, path)
}

/** `isComplete`: the directory didn't change while it was read. */
async function readSteadily(path: string): Promise<{ readonly entries: Dirent[]; readonly isComplete: boolean }> {
  const begun = Date.now()
  const before = await changedAt(path)
  const entries = await readEntries(path)
  const after = await changedAt(path)
  return { entries, isComplete: before === after && begun - before > tickMs }
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

async function copyUnlessVanished(path: string, copy: Copy, signal: AbortSignal | undefined): Promise<void> {
  const [source, target] = [join(copy.source, path), join(copy.target, path)]
  try {
    await copyFileOf({ source, target, sharesBlocks: copy.sharesBlocks, onBytes: () => {}, signal })
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error
  }
}

async function readEntries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}
