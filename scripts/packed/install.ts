import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { PackedPackage } from '../pack-packages.ts'

/**
 * An empty project with the packages of these names, and what else it wants. All packages are named as overrides: what one of
 * them needs of the others comes from the tarballs too, since the registry has other versions or none.
 */
export async function installProject(
  folder: string,
  packages: readonly PackedPackage[],
  names: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const wanted = Object.fromEntries(names.map((name) => [name, tarballs[name]]))
  const manifest = { private: true, type: 'module', dependencies: { ...wanted, ...others }, overrides: tarballs }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await execa({ cwd: folder })`npm install --prefer-offline --ignore-scripts --no-audit --no-fund`
}
