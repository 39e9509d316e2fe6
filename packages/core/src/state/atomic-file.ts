import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** `flushed`: survives a power cut. `cached`: survives the end of every process, but not that of the machine. */
export type FileDurability = 'flushed' | 'cached'

/** Writes a whole file or nothing: temporary file in the same folder, fsync, rename, fsync of the folder. */
export async function writeFileAtomically(path: string, content: string, durability: FileDurability): Promise<void> {
  const temporary = await writeTemporary(path, content, durability)
  await rename(temporary, path)
  if (durability === 'flushed') await syncFolder(dirname(path))
}

/** The same for a file that must not exist yet; throws `EEXIST`. The name appears with its whole content. */
export async function createFileAtomically(path: string, content: string, durability: FileDurability): Promise<void> {
  const temporary = await writeTemporary(path, content, durability)
  try {
    await link(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
  if (durability === 'flushed') await syncFolder(dirname(path))
}

/** Whether a file of this name is one that was being written. */
export const isTemporary = (name: string): boolean => /^\..*\.[0-9a-f]{12}\.tmp$/.test(name)

async function writeTemporary(path: string, content: string, durability: FileDurability): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomBytes(6).toString('hex')}.tmp`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    if (durability === 'flushed') await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return temporary
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
