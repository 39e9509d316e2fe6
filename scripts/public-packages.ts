import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export const workspaceRoot = resolve(import.meta.dirname, '..')

export interface PublicPackage {
  readonly name: string
  readonly directory: string
  readonly doors: readonly Door[]
}

/** What can be imported of a package: its name, or its name and a path in `exports`. */
export interface Door {
  readonly specifier: string
  /** The source file that is built for it. */
  readonly source: string
}

/** Every package below packages/ that is published: what is built, packed and smoke tested. */
export async function listPublicPackages(): Promise<PublicPackage[]> {
  const packagesDirectory = join(workspaceRoot, 'packages')
  const found: PublicPackage[] = []
  for (const entry of (await readdir(packagesDirectory)).sort()) {
    const directory = join(packagesDirectory, entry)
    // What another branch left behind, such as its node_modules, is no package.
    if (!existsSync(join(directory, 'package.json'))) continue
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    if (!manifest.private) found.push({ name: manifest.name, directory, doors: readDoors(manifest, directory) })
  }
  return found
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}

function readDoors({ name, exports }: Manifest, directory: string): Door[] {
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
    return [{ specifier: join(name, path), source: join(directory, source) }]
  })
}
