import { createHash, type Hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { PgforkError } from '@pgfork/core'
import { fromSystemError } from '@pgfork/core/companion'
import { glob } from 'tinyglobby'
import type { KeyPart } from './template-options.ts'

/** With whole paths: a program may go elsewhere. */
export const resolveKey = (key: KeyPart | readonly KeyPart[]): KeyPart[] =>
  ([key].flat() as KeyPart[]).map((part) =>
    typeof part === 'string' ? part : { ...part, directory: resolve(part.directory ?? process.cwd()) },
  )

/** A digest of everything that a template's content depends on: the same for the same content, wherever it is made. */
export async function digestKey(key: KeyPart | readonly KeyPart[], rest: readonly unknown[]): Promise<string> {
  const hash = createHash('sha256')
  add(hash, JSON.stringify(rest))
  for (const part of [key].flat() as KeyPart[]) {
    if (typeof part !== 'string') await addFiles(hash, part)
    else for (const content of ['text', part]) add(hash, content)
  }
  return hash.digest('hex')
}

async function addFiles(hash: Hash, { files, directory = process.cwd() }: Exclude<KeyPart, string>): Promise<void> {
  const folder = resolve(directory)
  const names = (await glob([files].flat() as string[], { cwd: folder, dot: true, onlyFiles: true })).sort()
  if (names.length === 0)
    throw new PgforkError(
      'INVALID_OPTION',
      `The key's files ${JSON.stringify(files)} match nothing in ${folder}, so changes would go unnoticed. Correct the pattern, or the key's "directory".`,
      { facts: { files, directory: folder } },
    )
  add(hash, `${names.length} files`)
  for (const name of names) {
    add(hash, name)
    add(hash, await readKeyFile(join(folder, name)))
  }
}

/** It may be gone by now, as while branches are switched. */
const readKeyFile = (path: string): Promise<Buffer> =>
  readFile(path).catch((error: unknown) => {
    throw fromSystemError(error, 'INVALID_OPTION', `The file ${path} of the key can't be read`)
  })

/** With its length in front, so that different lists of parts never look the same. */
function add(hash: Hash, content: string | Buffer): void {
  hash.update(`${Buffer.byteLength(content)}:`).update(content)
}
