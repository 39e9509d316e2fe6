import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Writes a whole file or nothing: temporary file in the same folder, fsync, rename, fsync of the folder. */
export async function writeFileAtomically(path: string, content: string): Promise<void> {
  const temporary = await writeTemporary(path, content)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** The same for a file that must not exist yet; throws `EEXIST`. The name appears with its whole content. */
export async function createFileAtomically(path: string, content: string): Promise<void> {
  const temporary = await writeTemporary(path, content)
  try {
    await link(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
}

async function writeTemporary(path: string, content: string): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomBytes(6).toString('hex')}.tmp`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
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
