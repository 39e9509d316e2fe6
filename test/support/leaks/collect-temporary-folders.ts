import { readdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programsPurpose } from '../programs/compiled.ts'
import { workFolderPrefix } from '../system/make-work-folder.ts'
import type { SystemScope } from './system-scope.ts'

/**
 * This process's work folders. Folders that the library makes beside them carry nobody's name, and other test files make
 * and kill forks at the same time: they count only where the whole machine does.
 */
export async function collectTemporaryFolders({ wholeMachine }: SystemScope): Promise<string[]> {
  const temporary = await realpath(tmpdir())
  const isOurs = (name: string): boolean =>
    name.startsWith(workFolderPrefix) &&
    name.includes(`-${process.pid}-`) &&
    !name.startsWith(`${workFolderPrefix}${programsPurpose}-`)
  return (await readdir(temporary))
    .filter((name) => (wholeMachine ? name.startsWith('pgfork') : isOurs(name)))
    .map((name) => join(temporary, name))
}
