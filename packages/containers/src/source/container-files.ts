import { realpathSync, type Stats } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import { Directory, type NamedFiles } from '@pgfork/core/companion'
import { type ContainerPaths, isBelow } from './paths.ts'

const mostBytes = 1024 * 1024

const [reading, searching] = [0o4, 0o1]

/**
 * The files that a container's server names, where they lie on a mount of it. By descriptors, through no link, and only what the server's
 * user may reach and read himself: he says which (H63).
 */
export function containerFiles(paths: ContainerPaths, owner: UserIdentity): NamedFiles {
  return {
    async readText(path) {
      const { root, file } = find(paths, path)
      using folder = openFolder(root, dirname(file), owner)
      const name = basename(file)
      const found = folder?.look(name)
      if (folder === undefined || found === undefined) return undefined
      if (!isAllowed(found, owner, reading)) throw refused(path)
      return folder.readText(name, mostBytes)
    },
    async names(path) {
      const { root, file } = find(paths, path)
      using folder = openFolder(root, file, owner)
      if (folder === undefined) throw new Error(`there is no ${path}`)
      if (!isAllowed(folder.stats, owner, reading)) throw refused(path)
      return folder.names()
    },
  }
}

interface FoundFile {
  /** What is mounted: above it, modes concern nobody in the container. */
  readonly root: string
  /** Here. */
  readonly file: string
}

function find(paths: ContainerPaths, path: string): FoundFile {
  const source = paths.mountOf(path)?.source
  const here = paths.here(path)
  if (source === undefined || here === undefined)
    throw new Error(
      `${path} lies in the container's own layer, where it can't be read from here. Start the container, so that its server can be asked.`,
    )
  const real = realpathSync(source)
  return { root: real, file: join(real, relative(source, here)) }
}

/** Undefined where there is none. */
function openFolder(root: string, folder: string, owner: UserIdentity): Directory | undefined {
  if (!isBelow(folder, root)) return Directory.find(folder)
  const names = relative(root, folder)
    .split('/')
    .filter((name) => name !== '')
  let directory = Directory.find(root)
  for (const name of [...names, undefined]) {
    if (directory === undefined) return undefined
    if (!isAllowed(directory.stats, owner, searching)) {
      directory[Symbol.dispose]()
      throw refused(directory.path)
    }
    if (name === undefined) break
    using above: Directory = directory
    directory = above.look(name)?.isDirectory() === true ? above.openDirectory(name) : undefined
  }
  return directory
}

const refused = (path: string): Error => new Error(`${path} may not be read by the server's user`)

/** He may change the modes of his own. */
const isAllowed = ({ uid, gid, mode }: Stats, owner: UserIdentity, right: number): boolean =>
  uid === owner.uid || (mode & (gid === owner.gid ? right << 3 : right)) !== 0
