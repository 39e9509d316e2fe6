import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { Directory } from '../../files/directory.ts'

export interface FoundClusters {
  /** Data directories, the least deep first. */
  readonly directories: readonly string[]
  /** Everything was looked at that could hold one. */
  readonly isComplete: boolean
}

const deepest = 12
const mostDirectories = 20_000

/** Looks for data directories below the root of a clone. Links are not followed, nor is another file system entered. */
export async function findClusters(path: string): Promise<FoundClusters> {
  using root = Directory.open(path)
  const directories: string[] = []
  let isComplete = true
  let level = ['']
  let looked = 0
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = []
    for (const below of level) {
      if (depth > deepest || ++looked > mostDirectories) return { directories, isComplete: false }
      const entries = readEntries(root, below)
      if (entries === undefined) isComplete = false
      else if (entries !== 'elsewhere' && isCluster(entries)) directories.push(join(path, below))
      else if (entries !== 'elsewhere')
        for (const entry of entries) if (entry.isDirectory()) next.push(join(below, entry.name))
    }
    level = next
  }
  return { directories, isComplete }
}

function readEntries(root: Directory, below: string): Dirent[] | 'elsewhere' | undefined {
  try {
    if (below === '') return root.entries()
    using directory = root.openDirectory(below)
    return directory.stats.dev === root.stats.dev ? directory.entries() : 'elsewhere'
  } catch {
    return undefined
  }
}

type Entries = readonly { readonly name: string; isFile(): boolean; isDirectory(): boolean }[]

const isCluster = (entries: Entries): boolean =>
  entries.some((entry) => entry.name === 'PG_VERSION' && entry.isFile()) &&
  entries.some((entry) => entry.name === 'global' && entry.isDirectory())
