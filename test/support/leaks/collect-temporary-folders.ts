import { readdir, readFile, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workFolderPrefix } from '../system/make-work-folder.ts'
import type { SystemScope } from './system-scope.ts'

/** This process's work folders, and folders that the library made beside them unless somebody's server has its socket there. */
export async function collectTemporaryFolders({ wholeMachine }: SystemScope): Promise<string[]> {
  const temporary = await realpath(tmpdir())
  const sockets = await readFile('/proc/net/unix', 'utf8').catch(() => '')
  return (await readdir(temporary))
    .filter((name) => name.startsWith('pgfork'))
    .filter((name) => {
      if (wholeMachine) return true
      if (name.startsWith(workFolderPrefix)) return name.includes(`-${process.pid}-`)
      return !sockets.includes(` ${join(temporary, name)}/`)
    })
    .map((name) => join(temporary, name))
}
