import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'

/**
 * Writes a file of the fork's owner. The data directory belongs to that user, who may have put a symbolic link where
 * root is about to write: a new file is made beside it and renamed over it, so that no link is ever followed. Synchronously, as it is over before a thread would have begun.
 */
export async function replaceFile(path: string, content: string, owner: UserIdentity): Promise<void> {
  if (isAlready(path, content, owner)) return
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

/** A clone of a fork has most files as they should be, and every change of a new clone is a block to be copied. */
function isAlready(path: string, content: string, { uid }: UserIdentity): boolean {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return false
  }
  try {
    const found = fstatSync(file)
    const isOwn = found.isFile() && found.uid === uid && found.nlink === 1 && (found.mode & 0o777) === 0o600
    return isOwn && found.size === Buffer.byteLength(content) && readFileSync(file, 'utf8') === content
  } finally {
    closeSync(file)
  }
}
