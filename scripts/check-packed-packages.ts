import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { execa } from 'execa'
import manifest from '../package.json' with { type: 'json' }
import type { PackedPackage } from './pack-packages.ts'
import { type Door, workspaceRoot } from './public-packages.ts'

const run = execa({ cwd: workspaceRoot, preferLocal: true, stdio: 'inherit', verbose: 'short' })

/**
 * Checks the packages as a user gets them: lints the tarballs (publint, attw), installs them together into an empty
 * project and compares what plain Node imports from each of their doors with what the sources export.
 */
export async function checkPackedPackages(packages: readonly PackedPackage[], directory: string): Promise<void> {
  for (const { tarball, files } of packages) {
    console.log(`${basename(tarball)}: ${files.join(', ')}`)
    await run`publint run ${tarball} --strict`
    await run`attw ${tarball} --profile esm-only`
  }
  await installTarballs(packages, directory)
  for (const door of packages.flatMap(({ doors }) => doors)) await compareExports(door, directory)
  await checkSameErrors(directory)
  await run({ cwd: directory })`npx --no-install pgfork --version`
}

async function installTarballs(packages: readonly PackedPackage[], directory: string): Promise<void> {
  const dependencies = {
    ...Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`])),
    // What a door needs that is an optional peer.
    vitest: manifest.devDependencies.vitest,
  }
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  await run({ cwd: directory })`npm install --prefer-offline --no-audit --no-fund`
}

async function compareExports({ specifier, source }: Door, directory: string): Promise<void> {
  const script = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(specifier)}))))`
  const { stdout } = await execa({ cwd: directory })`node --input-type=module --eval ${script}`
  const actual: string[] = JSON.parse(stdout).sort()
  const expected = Object.keys(await import(pathToFileURL(source).href)).sort()
  if (expected.length === 0) throw new Error(`${specifier} exports nothing`)
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(
      `${specifier} exports ${actual.join(', ')} when packed, but its sources export ${expected.join(', ')}`,
    )
  }
  console.log(`${specifier}: ${actual.join(', ')}`)
}

/** Errors are told by their class, whichever door it came from. */
async function checkSameErrors(directory: string): Promise<void> {
  const script = `
    const [user, driver] = await Promise.all([import('@pgfork/core'), import('@pgfork/core/driver')])
    if (user.PgforkError !== driver.PgforkError) throw new Error('The doors of @pgfork/core have different errors')`
  await execa({ cwd: directory })`node --input-type=module --eval ${script}`
}
