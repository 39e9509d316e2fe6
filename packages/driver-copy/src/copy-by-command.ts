import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, type DriverContext, fromSystemError, isDirectory, isSystemError } from '@pgfork/core/driver'
import { runOnTree } from './command.ts'
import { isOfLiveSource } from './command-errors.ts'
import type { Copy } from './copy.ts'
import { keepMetadata } from './keep-metadata.ts'

/** Far below the limit of a command's length, whatever the length of the names. */
const pathsAtOnce = 500

/**
 * A copy by GNU cp. Its files share their blocks with the source where they can; others, such as those on a mount below the
 * source, are copied byte by byte. Below the top directory, dead sockets and pipes are copied too: cp can't leave them out.
 */
export async function copyByCommand(copy: Copy, context: DriverContext): Promise<void> {
  try {
    await copyDirectory('', copy, context)
  } catch (error) {
    const otherwise = isSystemError(error, 'ENOENT') ? 'COPY_MISSING' : 'COMMAND_FAILED'
    throw fromSystemError(error, otherwise, `${copy.source} can't be copied to ${copy.target}`)
  }
}

/** A directory whose entries are given to cp one by one, because some of them are to be left out. */
async function copyDirectory(directory: string, copy: Copy, context: DriverContext): Promise<void> {
  const [source, target] = [join(copy.source, directory), join(copy.target, directory)]
  await mkdir(target, { mode: 0o700 })
  if (!copy.omit.includes(directory)) {
    const paths: string[] = []
    for (const entry of await readdir(source, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      const holdsOmitted = copy.omit.some((omitted) => omitted === path || omitted.startsWith(`${path}/`))
      if (entry.isDirectory() && holdsOmitted) await copyDirectory(path, copy, context)
      else if (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink()) paths.push(join(source, entry.name))
    }
    for (let first = 0; first < paths.length; first += pathsAtOnce)
      await copyPaths(paths.slice(first, first + pathsAtOnce), target, copy, context)
  }
  if (await isDirectory(source)) await keepMetadata(source, target)
}

async function copyPaths(paths: readonly string[], target: string, copy: Copy, context: DriverContext): Promise<void> {
  const args = ['-a', '--reflink=auto', `--target-directory=${target}`, '--', ...paths]
  try {
    await runOnTree('cp', args, context)
  } catch (error) {
    const isHarmless = copy.isLive && error instanceof CommandError && isOfLiveSource(error)
    if (!isHarmless) throw error
  }
}
