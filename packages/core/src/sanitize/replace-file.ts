import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'

/**
 * Writes a file of the fork's owner. The data directory belongs to that user, who may have put a symbolic link where
 * root is about to write: a new file is made beside it and renamed over it, so that no link is ever followed.
 */
export async function replaceFile(path: string, content: string, owner: UserIdentity): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    if (process.geteuid?.() === 0) await file.chown(owner.uid, owner.gid)
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
    throw error
  }
}
