import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, stop } from 'esbuild'
import { listPublicPackages } from '../../../scripts/public-packages.ts'
import { copyDocs } from '../../../scripts/ship-docs.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'

const checkout = resolve(import.meta.dirname, '../../..')

export interface InstalledCommand extends AsyncDisposable {
  /** For Node to run. */
  readonly path: string
  /** A folder with a `node_modules` in which it is found. */
  readonly folder: string
}

/** The command `pgfork` as npm installs it: each package of ours built by itself, with the dependencies of this checkout. */
export async function installCommand(): Promise<InstalledCommand> {
  const folder = await makeWorkFolder('command')
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const modules = join(folder, 'node_modules')
    await mkdir(modules)
    const packages = await listPublicPackages()
    for (const { name, directory, doors } of packages)
      if (/^(?:pgfork|@pgfork\/(?:core|containers|driver-.*))$/.test(name))
        await buildPackage(join(modules, name), directory, [...doors.map(({ source }) => source)])
    await copyDocs(join(modules, '@pgfork/core'))
    // It would go on as a process of its own, for the next time.
    await stop()
    return { path: join(modules, 'pgfork', 'dist', 'cli.js'), folder, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function buildPackage(target: string, directory: string, doors: readonly string[]): Promise<void> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  const programs = Object.values<string>(manifest.bin ?? {}).map((path) =>
    join(directory, path.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
  )
  await mkdir(join(target, 'node_modules'), { recursive: true })
  await cp(join(directory, 'package.json'), join(target, 'package.json'))
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  await build({
    ...{ entryPoints: [...doors, ...programs], outdir: join(target, 'dist'), outbase: join(directory, 'src') },
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node20' },
    // By name: `paths` of tsconfig.json would take ours for sources.
    external: dependencies.flatMap((name) => [name, `${name}/*`]),
    logLevel: 'error',
  })
  for (const name of dependencies)
    if (!name.startsWith('@pgfork/')) await linkDependency(name, directory, join(target, 'node_modules', name))
}

/** Node finds the dependencies of a linked package from where it really lies. */
async function linkDependency(name: string, directory: string, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true })
  const own = join(directory, 'node_modules', name)
  const found = await readFile(join(own, 'package.json')).then(
    () => own,
    () => join(checkout, 'node_modules', name),
  )
  await symlink(found, target)
}
