import { mkdtemp, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const repository = fileURLToPath(new URL('../..', import.meta.url))

export interface BuiltProgram extends AsyncDisposable {
  readonly path: string
}

/** A program as its users run it: compiled beforehand, with their own copies of what it depends on. */
export async function buildProgram(source: string): Promise<BuiltProgram> {
  // Where Node finds the dependencies.
  const folder = await mkdtemp(join(repository, 'node_modules', '.pgfork-bench-'))
  await build({
    entry: [source],
    outDir: folder,
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
    dts: false,
    tsconfig: join(repository, 'tsconfig.json'),
    noExternal: [/^@pgfork\//],
    external: ['execa', 'pg', 'zod'],
    outExtension: () => ({ js: '.mjs' }),
  })
  return {
    path: join(folder, `${basename(source, '.ts')}.mjs`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
