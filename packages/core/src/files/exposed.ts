/** What is mounted in a container: its root is root there, whatever owner and mode say here (H110). */
const exposed = new Set<string>()

/**
 * Has these directories, by their real paths, and all below them count as folders of somebody else, as long as this process lives. What
 * pgfork makes is made elsewhere then, and what is made by their paths is refused.
 */
export function noteExposed(directories: Iterable<string>): void {
  // Whoever has all of this machine mounted is its root.
  for (const path of directories) if (path !== '/') exposed.add(path)
}

export const isExposed = (directory: string): boolean => exposed.has(directory)
