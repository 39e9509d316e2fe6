import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const modules = join(checkout, 'node_modules')

/** What the examples import, compiled as it is published. */
const packages = ['core', 'driver-copy', 'driver-overlay', 'testing']

/** A folder with the examples as a project of somebody else's: this checkout's packages are compiled into its dependencies. */
export async function createProject(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await makeWorkFolder('examples')
  const remove = () => rm(path, { recursive: true, force: true })
  try {
    const examples = (await readdir(join(checkout, 'examples'))).filter((name) => name.startsWith('testing-'))
    for (const name of [...examples, 'package.json'])
      await cp(join(checkout, 'examples', name), join(path, name), { recursive: true })
    await linkDependencies(join(path, 'node_modules'))
    await Promise.all(packages.map((name) => compile(name, join(path, 'node_modules', '@pgfork', name))))
    return { path, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function linkDependencies(folder: string): Promise<void> {
  await mkdir(join(folder, '@pgfork'), { recursive: true })
  const names = (await readdir(modules)).filter(
    (name) => name !== '@pgfork' && (!name.startsWith('.') || name === '.bin'),
  )
  await Promise.all(names.map((name) => symlink(join(modules, name), join(folder, name))))
}

async function compile(name: string, target: string): Promise<void> {
  const source = join(checkout, 'packages', name)
  await cp(join(source, 'package.json'), join(target, 'package.json'))
  const tsup = join(modules, 'tsup', 'dist', 'cli-default.js')
  await execa(process.execPath, [tsup, '--no-dts', '--no-clean', '--silent', '--out-dir', join(target, 'dist')], {
    cwd: source,
  })
}
