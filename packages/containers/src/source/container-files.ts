import { basename, dirname } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import { Directory, type NamedFiles } from '@pgfork/core/companion'
import type { ContainerPaths } from './paths.ts'

const mostBytes = 1024 * 1024

/**
 * The files that a container's server names, where they lie on a mount of it. By descriptors, through no link, and only what the server's
 * user may read himself: he says which (H63).
 */
export function containerFiles(paths: ContainerPaths, owner: UserIdentity): NamedFiles {
  const here = (path: string): string => {
    const found = paths.here(path)
    if (found !== undefined) return found
    throw new Error(
      `${path} lies in the container's own layer, where it can't be read from here. Start the container, so that its server can be asked.`,
    )
  }
  return {
    async readText(path) {
      const file = here(path)
      using folder = Directory.find(dirname(file))
      const name = basename(file)
      const found = folder?.look(name)
      if (folder === undefined || found === undefined) return undefined
      const mayRead =
        found.uid === owner.uid || (found.mode & 0o004) !== 0 || (found.gid === owner.gid && (found.mode & 0o040) !== 0)
      if (!mayRead) throw new Error(`${path} may not be read by the server's user`)
      return folder.readText(name, mostBytes)
    },
    async names(path) {
      using folder = Directory.open(here(path))
      return folder.names()
    },
  }
}
