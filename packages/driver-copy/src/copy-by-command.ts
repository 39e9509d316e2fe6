import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Command,
  CommandError,
  type DriverContext,
  fromSystemError,
  isDirectory,
  isSystemError,
} from '@pgfork/core/driver'
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
  const { parted, whole } = await readEntries(directory, copy)
  for (const path of parted) await copyDirectory(path, copy, context)
  for (const args of callsOf(whole, source, target)) await runCp(args, copy, context)
  if (await isDirectory(source)) await keepMetadata(source, target)
}

/** The commands of such a copy. @param named what they name in the source's place, of the same content */
export async function commandsOfCopy(copy: Copy, named = copy.source, directory = ''): Promise<Command[]> {
  const { parted, whole } = await readEntries(directory, copy)
  const commands: Command[] = []
  for (const path of parted) commands.push(...(await commandsOfCopy(copy, named, path)))
  const calls = callsOf(whole, join(named, directory), join(copy.target, directory))
  return [...commands, ...calls.map((args) => ['cp', ...args])]
}

interface Entries {
  /** Directories in which something is left out, relative to the copy. */
  readonly parted: readonly string[]
  /** Names of what is copied as a whole. */
  readonly whole: readonly string[]
}

async function readEntries(directory: string, copy: Copy): Promise<Entries> {
  const parted: string[] = []
  const whole: string[] = []
  if (copy.omit.includes(directory)) return { parted, whole }
  for (const entry of await readdir(join(copy.source, directory), { withFileTypes: true })) {
    const path = join(directory, entry.name)
    const holdsOmitted = copy.omit.some((omitted) => omitted === path || omitted.startsWith(`${path}/`))
    if (entry.isDirectory() && holdsOmitted) parted.push(path)
    else if (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink()) whole.push(entry.name)
  }
  return { parted, whole }
}

function callsOf(names: readonly string[], source: string, target: string): string[][] {
  const calls: string[][] = []
  for (let first = 0; first < names.length; first += pathsAtOnce) {
    const paths = names.slice(first, first + pathsAtOnce).map((name) => join(source, name))
    calls.push(['-a', '--reflink=auto', `--target-directory=${target}`, '--', ...paths])
  }
  return calls
}

async function runCp(args: readonly string[], copy: Copy, context: DriverContext): Promise<void> {
  try {
    await runOnTree('cp', args, context)
  } catch (error) {
    const isHarmless = copy.isLive && error instanceof CommandError && isOfLiveSource(error)
    if (!isHarmless) throw error
  }
}
