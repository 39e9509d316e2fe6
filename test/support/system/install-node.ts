import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'

const cache = resolve(import.meta.dirname, '../../../node_modules/.cache/pgfork-node')

/** Those that users have besides the one that runs the tests. */
export const otherNodes = ['22.23.1', '24.22.3'] as const

/**
 * Node in another version, from npm's packages of its binaries. They can't be dependencies: the `node` in `node_modules/.bin` would be
 * the one that every script of npm's runs.
 */
export async function installNode(version: (typeof otherNodes)[number]): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(cache, version)
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere)
    await execa('npm', [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `${name}@${version}`,
    ])
  const { stdout } = await execa(path, ['--version'])
  if (stdout !== `v${version}`) throw new Error(`${path} is ${stdout}, not ${version}.`)
  return path
}
