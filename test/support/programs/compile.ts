import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync, stop } from 'esbuild'
import { compiled, programsFolder } from './compiled.ts'

/** Here the relative `import`s of a program, and its `@pgfork/..` by `paths` of tsconfig.json, are found. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * One file of JavaScript with all that a program imports. Node starts it in a seventh of the CPU time that it takes with tsx, and
 * users who may not read the checkout can read it.
 */
export function compile(path: string): string {
  const known = compiled.get(path)
  if (known !== undefined) return known
  const outfile = join(programsFolder(), `${basename(path, '.ts')}.mjs`)
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
