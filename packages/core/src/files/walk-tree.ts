import type { Dirent } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { isSystemError } from '../errors/from-system-error.ts'
import type { Directory } from './directory.ts'

export interface Walked {
  /** Relative to where the walk began; empty for that itself. */
  readonly path: string
  readonly directory: Directory
  readonly entries: readonly Dirent[]
}

/** What others do meanwhile in this process waits no longer. */
const longestMs = 20

/**
 * Every directory of a tree with its entries, parents first. No link is followed and no other file system entered; what vanishes
 * meanwhile is left out. `enters` says which directories are wanted.
 */
export async function* walkTree(
  root: Directory,
  enters: (path: string, depth: number) => boolean = () => true,
): AsyncGenerator<Walked> {
  let begun = performance.now()
  async function* walk(directory: Directory, path: string, depth: number): AsyncGenerator<Walked> {
    if (performance.now() - begun > longestMs) {
      await setImmediate()
      begun = performance.now()
    }
    const entries = directory.entries()
    yield { path, directory, entries }
    for (const entry of entries) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      if (!entry.isDirectory() || !enters(below, depth + 1)) continue
      using child = tryOpen(directory, entry.name)
      if (child !== undefined && child.stats.dev === root.stats.dev) yield* walk(child, below, depth + 1)
    }
  }
  yield* walk(root, '', 0)
}

function tryOpen(directory: Directory, name: string): Directory | undefined {
  try {
    return directory.openDirectory(name)
  } catch (error) {
    // Gone, or something else by now.
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined
    throw error
  }
}
