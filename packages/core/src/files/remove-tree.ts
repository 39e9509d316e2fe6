import { rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isSystemError } from '../errors/from-system-error.ts'
import { isRoot, systemError } from './descriptor.ts'
import type { Directory } from './directory.ts'

/**
 * Removes an entry with all that is below it, if there is one. Neither links nor mounts are followed, nor directories of others entered;
 * throws `EXDEV` and `EACCES` for these.
 */
export function removeTree(directory: Directory, name: string): void {
  try {
    directory.do(() => unlinkSync(directory.at(name)))
    return
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    // What the systems say of a directory.
    if (!isSystemError(error, 'EISDIR') && !isSystemError(error, 'EPERM')) throw error
  }
  {
    using below = directory.openDirectory(name)
    const path = join(directory.path, name)
    if (below.stats.dev !== directory.stats.dev) throw systemError('EXDEV', `${path} is another file system`, 'rmdir')
    const names = below.names()
    if (isRoot() && names.length > 0 && below.stats.uid !== directory.stats.uid)
      throw systemError('EACCES', `${path} belongs to another user than what it lies in`, 'rmdir')
    for (const entry of names) removeTree(below, entry)
  }
  directory.do(() => rmdirSync(directory.at(name)))
}
