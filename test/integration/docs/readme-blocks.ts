import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CodeBlock, codeBlocks } from '../../support/code-blocks.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const packages = [
  'containers',
  'core',
  'driver-btrfs',
  'driver-copy',
  'driver-lvm',
  'driver-overlay',
  'driver-rbd',
  'driver-testkit',
  'driver-zfs',
  'testing',
]
const documents = ['README.md', 'docs/observing.md', ...packages.map((name) => `packages/${name}/README.md`)]

/** The code that readers are to copy as a whole: each block is a program. */
export async function readmeBlocks(): Promise<(CodeBlock & { readonly path: string })[]> {
  const ofDocument = async (path: string) =>
    codeBlocks(await readFile(join(checkout, path), 'utf8')).map((block) => ({ path, ...block }))
  return (await Promise.all(documents.map(ofDocument))).flat()
}
