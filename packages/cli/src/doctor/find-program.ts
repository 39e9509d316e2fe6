import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Where a program is, without running it. */
export function findProgram(name: string, folders = programFolders()): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

const programFolders = (): string[] => (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'))

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
