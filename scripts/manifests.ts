import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { findAddress, originOf } from './address.ts'
import { listPublicPackages, workspaceRoot } from './public-packages.ts'

type Manifest = Record<string, unknown>

/** Behind `license`, in the order in which npm's own documentation has them. */
const keys = ['homepage', 'bugs', 'repository'] as const

/** The packages' manifests that say something else of where they come from than the workspace's, each with what it should be. */
export async function listStrayManifests(): Promise<{ readonly path: string; readonly text: string }[]> {
  const address = findAddress()
  const stray: { path: string; text: string }[] = []
  for (const { directory } of await listPublicPackages()) {
    const path = join(directory, 'package.json')
    const manifest: Manifest = JSON.parse(await readFile(path, 'utf8'))
    const complete = withOrigin(manifest, address && originOf(address, relative(workspaceRoot, directory)))
    if (!isDeepStrictEqual(manifest, complete))
      stray.push({ path, text: `${JSON.stringify(complete, undefined, 2)}\n` })
  }
  return stray
}

function withOrigin(manifest: Manifest, origin: object | undefined): Manifest {
  const entries = Object.entries(manifest).filter(([key]) => !(keys as readonly string[]).includes(key))
  const index = entries.findIndex(([key]) => key === 'license') + 1
  return Object.fromEntries([...entries.slice(0, index), ...Object.entries(origin ?? {}), ...entries.slice(index)])
}

export async function completeManifests(): Promise<void> {
  for (const { path, text } of await listStrayManifests()) await writeFile(path, text)
}

/** @throws Error which of them */
export async function checkManifests(): Promise<void> {
  const stray = (await listStrayManifests()).map(({ path }) => relative(workspaceRoot, path))
  if (stray.length > 0)
    throw new Error(
      `${stray.join(', ')}: homepage, bugs and repository aren't those of the workspace. npm run manifests`,
    )
}
