import { lstat, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import { cutPower, type TestStorage } from '../../support/storage/index.ts'

/** What servers make anew when it is missing. */
const isCache = ({ name }: { readonly name: string }): boolean => name === 'pg_internal.init'

/** The sizes of all files below a directory that aren't empty. */
async function sizesOf(path: string): Promise<Map<string, number>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && !isCache(entry))
    .map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(files.map(async (file) => [relative(path, file), (await lstat(file)).size] as const))
  return new Map(sizes.filter(([, size]) => size > 0))
}

/**
 * Some of the files that a power cut at this instant would take, or cut off, of a directory that nobody writes.
 *
 * @param names of the files that matter; default all
 */
export async function lostOf(storage: TestStorage, directory: string, names?: readonly string[]): Promise<string[]> {
  const sizes = await sizesOf(directory)
  for (const file of sizes.keys()) if (names?.includes(file) === false) sizes.delete(file)
  expect(sizes.size).toBeGreaterThan(0)
  await using cut = await cutPower(storage)
  const found = await sizesOf(join(cut.path, relative(storage.path, directory)))
  return [...sizes.keys()].filter((file) => found.get(file) !== sizes.get(file)).slice(0, 5)
}
