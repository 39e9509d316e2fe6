import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { programFolders } from '@pgfork/core/companion'

/** Where a program is, without running it; by default, where commands are found. */
export function findProgram(name: string, folders = programFolders()): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
