import { constants } from 'node:fs'
import { copyFile, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { isSystemError } from '@pgfork/core/driver'
import { findOldProbes } from './old-probes.ts'

const probePrefix = '.pgfork-probe-'

/**
 * Whether copies from `source` into `folder` can share blocks (FICLONE of Linux, clonefile of macOS). Only trying tells:
 * it depends on the file systems, how they were made, and how they are mounted. Leaves nothing behind. Throws `ENOENT` when the
 * folder is gone.
 */
export async function canShareBlocks(source: string, folder: string): Promise<boolean> {
  let trial: string
  try {
    trial = await mkdtemp(join(folder, probePrefix))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw error
    // Who may not write there is told when the snapshot is made.
    return false
  }
  try {
    const original = (await findFile(source)) ?? join(trial, 'original')
    if (original.startsWith(trial)) await writeFile(original, 'x'.repeat(8192))
    await shareBlocks(original, join(trial, 'copy'))
    return true
  } catch {
    return false
  } finally {
    for (const path of [trial, ...(await findOldProbes(folder, probePrefix))])
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

async function shareBlocks(original: string, target: string): Promise<void> {
  // Its owner may have put a link or a pipe in its place.
  const file = await open(original, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const opened = process.platform === 'linux' ? `/proc/self/fd/${file.fd}` : original
    await copyFile(opened, target, constants.COPYFILE_FICLONE_FORCE)
  } finally {
    await file.close()
  }
}

/** Some file of a tree, from as near to its root as possible; undefined when there is none. */
async function findFile(directory: string): Promise<string | undefined> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const file = entries.find((entry) => entry.isFile())
  if (file !== undefined) return join(directory, file.name)
  for (const entry of entries) {
    const found = entry.isDirectory() ? await findFile(join(directory, entry.name)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
