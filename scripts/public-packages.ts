import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export const workspaceRoot = resolve(import.meta.dirname, '..')

export interface PublicPackage {
  readonly name: string
  readonly directory: string
}

/** Every package below packages/ that is published: what is built, packed and smoke tested. */
export async function listPublicPackages(): Promise<PublicPackage[]> {
  const packagesDirectory = join(workspaceRoot, 'packages')
  const found: PublicPackage[] = []
  for (const entry of (await readdir(packagesDirectory)).sort()) {
    const directory = join(packagesDirectory, entry)
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    if (!manifest.private) found.push({ name: manifest.name, directory })
  }
  return found
}
