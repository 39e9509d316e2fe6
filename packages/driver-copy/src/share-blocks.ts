import { constants } from 'node:fs'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether copies from `source` into `folder` can share blocks (FICLONE of Linux, clonefile of macOS). Only trying tells:
 * it depends on the file systems, how they were made, and how they are mounted. Leaves nothing behind.
 */
export async function canShareBlocks(source: string, folder: string): Promise<boolean> {
  let trial: string
  try {
    trial = await mkdtemp(join(folder, '.pgfork-probe-'))
  } catch {
    // Who may not write there is told when the snapshot is made.
    return false
  }
  try {
    const original = (await findFile(source)) ?? join(trial, 'original')
    if (original.startsWith(trial)) await writeFile(original, 'x'.repeat(8192))
    await copyFile(original, join(trial, 'copy'), constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    return false
  } finally {
    await rm(trial, { recursive: true, force: true })
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
