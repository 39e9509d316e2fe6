import { lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface FoundClusters {
  /** Data directories, the least deep first. */
  readonly directories: readonly string[]
  /** Everything was looked at that could hold one. */
  readonly isComplete: boolean
}

const deepest = 12
const mostDirectories = 20_000

/** Looks for data directories below the root of a clone. Links are not followed, nor is another file system entered. */
export async function findClusters(root: string): Promise<FoundClusters> {
  const { dev } = lstatSync(root)
  const directories: string[] = []
  let isComplete = true
  let level = [root]
  let looked = 0
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = []
    for (const path of level) {
      if (depth > deepest || ++looked > mostDirectories) return { directories, isComplete: false }
      const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
      if (entries === undefined) isComplete = false
      else if (isCluster(entries)) directories.push(path)
      else
        for (const entry of entries)
          if (entry.isDirectory() && isOn(dev, join(path, entry.name))) next.push(join(path, entry.name))
    }
    level = next
  }
  return { directories, isComplete }
}

type Entries = readonly { readonly name: string; isFile(): boolean; isDirectory(): boolean }[]

const isCluster = (entries: Entries): boolean =>
  entries.some((entry) => entry.name === 'PG_VERSION' && entry.isFile()) &&
  entries.some((entry) => entry.name === 'global' && entry.isDirectory())

const isOn = (dev: number, path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.dev === dev
