import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { workFolderPrefix } from '../system/make-work-folder.ts'

/** Of the temporary folder that a process's compiled programs lie in, until its test file is over. */
export const programsPurpose = 'programs'

/** As it is now: some tests have one of their own, in which nothing may be left. */
const temporary = realpathSync(tmpdir())
let folder: string | undefined

/** Where what was compiled lies, by the path of its source. */
export const compiled = new Map<string, string>()

export function programsFolder(): string {
  if (folder !== undefined) return folder
  folder = mkdtempSync(join(temporary, `${workFolderPrefix}${programsPurpose}-${process.pid}-`))
  chmodSync(folder, 0o755)
  return folder
}

/** At the end of a test file; the next one of this process compiles anew. */
export function removeCompiled(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  folder = undefined
  compiled.clear()
}
