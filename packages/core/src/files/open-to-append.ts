import type { UserIdentity } from '../command/command-runner.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { createFile } from './create-file.ts'
import { flags } from './descriptor.ts'
import type { Directory } from './directory.ts'

/** The descriptor of a file of the owner's, made where there is none; whoever called closes it. Throws what `openFile` throws. */
export function openToAppend(directory: Directory, name: string, owner: UserIdentity): number {
  try {
    return directory.openFile(name, flags.append)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error
    createFile(directory, name, '', owner)
    return directory.openFile(name, flags.append)
  }
}
