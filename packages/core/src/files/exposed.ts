import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'

/** What is mounted in a container: its root is root there, whatever owner and mode say here (H110). */
const mounted = new Set<string>()

/** What an engine removes as a whole, with its volume (H111). */
const removable = new Set<string>()

/**
 * Has these directories, by their real paths, and all below them count as folders of somebody else, as long as this process lives. What
 * pgfork makes is made elsewhere then, and what is made by their paths is refused.
 */
export function noteExposed(directories: Iterable<string>): void {
  const others = ofEverybody()
  for (const path of directories) {
    noteVolumeOf(path)
    if (!others.includes(path)) mounted.add(path)
  }
}

/** As engines lay out what they keep of a volume. */
const ofVolume = /^(.*\/volumes\/[^/]+)\/_data(?:\/|$)/

/**
 * Has the folder in which an engine keeps the volume of this path count so as well, and the one of all volumes: of what lies in that, it takes every
 * folder for a volume.
 *
 * @returns whether it is of one
 */
export function noteVolumeOf(path: string): boolean {
  const folder = ofVolume.exec(path)?.[1]
  if (folder !== undefined) removable.add(folder).add(dirname(folder))
  return folder !== undefined
}

/** Whose it is: of root in a container, or of an engine. Undefined where it is neither's. */
export function exposureOf(directory: string): 'mounted' | 'removable' | undefined {
  if (mounted.has(directory)) return 'mounted'
  return removable.has(directory) ? 'removable' : undefined
}

/**
 * Whoever has all of this machine mounted is its root. In the others nobody's files are taken for anything anyhow; which they are, no mode says, since
 * root in a container sets that as well.
 */
const ofEverybody = (): string[] => ['/', ...['/tmp', '/var/tmp', '/dev/shm', tmpdir()].map(realPathOf)]

function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
