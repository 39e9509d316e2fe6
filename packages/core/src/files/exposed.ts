import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** What is mounted in a container: its root is root there, whatever owner and mode say here (H110). */
const exposed = new Set<string>()

/**
 * Has these directories, by their real paths, and all below them count as folders of somebody else, as long as this process lives. What
 * pgfork makes is made elsewhere then, and what is made by their paths is refused.
 */
export function noteExposed(directories: Iterable<string>): void {
  const others = ofEverybody()
  for (const path of directories) if (!others.includes(path)) exposed.add(path)
}

export const isExposed = (directory: string): boolean => exposed.has(directory)

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
