import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildSync, stop } from 'esbuild'
import { workFolderPrefix } from '../system/make-work-folder.ts'

/** Here the relative `import`s of a program, and its `@pgfork/..` by `paths` of tsconfig.json, are found. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/** Of the temporary folder that this process's compiled programs lie in; it goes with the process. */
export const programsPurpose = 'programs'

/** As it is now: some tests have one of their own, in which nothing may be left. */
const temporary = realpathSync(tmpdir())
let folder: string | undefined
const compiled = new Map<string, string>()

/**
 * One file of JavaScript with all that a program imports. Node starts it in a seventh of the CPU time that it takes with tsx, and
 * users who may not read the checkout can read it.
 */
export function compile(path: string): string {
  const known = compiled.get(path)
  if (known !== undefined) return known
  folder ??= makeFolder()
  const outfile = join(folder, `${basename(path, '.ts')}.mjs`)
  buildSync({
    ...{ entryPoints: [path], outfile, absWorkingDir: checkout },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', keepNames: true, logLevel: 'error' },
    // For the packages among them that are no modules.
    banner: {
      js: `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);`,
    },
  })
  // It would go on as a process of its own, for the next one.
  void stop()
  compiled.set(path, outfile)
  return outfile
}

function makeFolder(): string {
  const path = mkdtempSync(join(temporary, `${workFolderPrefix}${programsPurpose}-${process.pid}-`))
  chmodSync(path, 0o755)
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}
