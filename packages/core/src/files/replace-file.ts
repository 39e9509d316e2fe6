import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { createFile } from './create-file.ts'
import { flags } from './descriptor.ts'
import { Directory } from './directory.ts'

/** Writes a private file of the owner's as a whole: whatever has that name is replaced, and no link is followed. */
export function replaceFile(directory: Directory, name: string, content: string, owner: UserIdentity): void {
  if (isAlready(directory, name, content, owner)) return
  const temporary = `${name}.${randomBytes(6).toString('hex')}`
  createFile(directory, temporary, content, owner)
  directory.do(() => {
    try {
      renameSync(directory.at(temporary), directory.at(name))
    } catch (error) {
      rmSync(directory.at(temporary), { force: true })
      throw error
    }
  })
}

/** The same for one file, by its path. */
export function replaceFileAt(path: string, content: string, owner: UserIdentity): void {
  using directory = Directory.open(dirname(path))
  replaceFile(directory, basename(path), content, owner)
}

/** A clone of a fork has most files as they should be, and every change of a new clone is a block to be copied. */
function isAlready(directory: Directory, name: string, content: string, { uid }: UserIdentity): boolean {
  let file: number
  try {
    file = openSync(directory.at(name), flags.read)
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
