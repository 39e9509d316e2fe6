import { randomBytes } from 'node:crypto'
import { closeSync, fchownSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'

/**
 * Writes a file of the fork's owner. The data directory belongs to that user, who may have put a symbolic link where
 * root is about to write: a new file is made beside it and renamed over it, so that no link is ever followed. Synchronously, as it is over before a thread would have begun.
 */
export async function replaceFile(path: string, content: string, owner: UserIdentity): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    try {
      writeFileSync(file, content)
      if (process.geteuid?.() === 0) fchownSync(file, owner.uid, owner.gid)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
