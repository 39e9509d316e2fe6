import { join } from 'node:path'
import process from 'node:process'
import { type DriverContext, findOtherDevices, fromSystemError, isBelow, isPgforkError } from '@pgfork/core/driver'
import { runBtrfs } from './command.ts'
import type { Settings } from './options.ts'
import type { Subvolume } from './subvolume.ts'

/** Reading so many directory entries takes as long as the command that knows without reading. */
const quickEntries = 10_000

/** The subvolumes that lie in this one, below `path`. */
export async function listNestedSubvolumes(
  subvolume: Subvolume,
  settings: Settings,
  context: DriverContext,
): Promise<string[]> {
  const isPrivileged = process.geteuid?.() === 0 || settings.prefix.length > 0
  if (!isPrivileged) return findNestedSubvolumes(subvolume.path)
  const found = await search(subvolume.path, findOtherDevices(subvolume.path, quickEntries))
  if (found !== undefined) return found
  try {
    return await askForNestedSubvolumes(subvolume, settings, context)
  } catch (error) {
    // A container's root.
    if (isPgforkError(error, 'PERMISSION_DENIED')) return findNestedSubvolumes(subvolume.path)
    throw error
  }
}

/** One command, whatever the number of files; only for root. Its paths begin at the top of the file system. */
async function askForNestedSubvolumes(
  { path, root, pathInFileSystem }: Subvolume,
  settings: Settings,
  context: DriverContext,
): Promise<string[]> {
  const output = await runBtrfs(['subvolume', 'list', '-o', root], settings, context)
  const found = output.split('\n').map((line) => /^ID \d+ gen \d+ top level \d+ path (.+)$/.exec(line)?.[1])
  return found
    .filter((nested) => nested !== undefined)
    .map((nested) => `/${nested}`)
    .filter((nested) => nested !== pathInFileSystem && isBelow(nested, pathInFileSystem))
    .map((nested) => join(root, nested.slice(pathInFileSystem === '/' ? 1 : pathInFileSystem.length + 1)))
    .filter((nested) => nested !== path && isBelow(nested, path))
}

/** The same for everybody, by reading all directories: 2 ms for 1,500 files. A subvolume has a device number of its own. */
export const findNestedSubvolumes = (path: string): Promise<string[]> => search(path, findOtherDevices(path))

async function search<T>(path: string, finding: Promise<T>): Promise<T> {
  try {
    return await finding
  } catch (error) {
    throw fromSystemError(error, 'COMMAND_FAILED', `${path} could not be searched for subvolumes (H3)`)
  }
}
