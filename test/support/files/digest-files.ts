import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** The files below these directories that are not as they were. */
export async function changedFiles(
  before: Readonly<Record<string, string>>,
  directories: readonly string[],
): Promise<string[]> {
  const now = await digestFiles(directories)
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((path) => before[path] !== now[path])
}

/** Every file below these directories with a digest of its bytes; links with where they lead. */
export async function digestFiles(directories: readonly string[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const directory of directories) {
    for (const name of await readdir(directory, { recursive: true })) {
      const path = join(directory, name)
      const status = await lstat(path)
      if (status.isSymbolicLink()) digests[path] = `link to ${await readlink(path)}`
      else if (status.isFile())
        digests[path] = createHash('sha1')
          .update(await readFile(path))
          .digest('hex')
    }
  }
  return digests
}
