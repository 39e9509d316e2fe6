import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export const workspaceRoot = resolve(import.meta.dirname, '..')

export interface PublicPackage {
  readonly name: string
  readonly version: string
  readonly directory: string
  readonly doors: readonly Door[]
  /** The public packages that it needs at run time, its peers among them. */
  readonly needs: readonly string[]
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
  const manifests = new Map<string, { readonly manifest: Manifest; readonly directory: string }>()
  for (const entry of (await readdir(packagesDirectory)).sort()) {
    const directory = join(packagesDirectory, entry)
    // What another branch left behind, such as its node_modules, is no package.
    if (!existsSync(join(directory, 'package.json'))) continue
    const manifest: Manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    if (!manifest.private) manifests.set(manifest.name, { manifest, directory })
  }
  return [...manifests.values()].map(({ manifest, directory }) => ({
    name: manifest.name,
    version: manifest.version,
    directory,
    doors: readDoors(manifest, directory),
    needs: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
      manifests.has(name),
    ),
  }))
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

function readDoors({ name, exports }: Manifest, directory: string): Door[] {
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
    return [{ specifier: join(name, path), source: join(directory, source) }]
  })
}

/**
 * Each comes after those that it needs, so that at no moment of a release can one be installed that asks for another that
 * isn't there.
 */
export function inPublishingOrder(packages: readonly PublicPackage[]): PublicPackage[] {
  const ordered: PublicPackage[] = []
  const left = new Set(packages)
  while (left.size > 0) {
    const ready = [...left].filter(({ needs }) => needs.every((name) => ordered.some((entry) => entry.name === name)))
    if (ready.length === 0) throw new Error(`Packages need each other: ${[...left].map(({ name }) => name).join(', ')}`)
    ordered.push(...ready)
    for (const entry of ready) left.delete(entry)
  }
  return ordered
}
