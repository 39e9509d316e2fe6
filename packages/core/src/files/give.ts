import { chownSync, fchownSync, fstatSync, openSync, readdirSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import { flags, isLinux, isRoot, pathOf, systemError, withDescriptor } from './descriptor.ts'
import type { Directory } from './directory.ts'

/** Gives away a file that was made, by its descriptor: its name may stand for something else by now. Only root can. */
export function giveFile(descriptor: number, { uid, gid }: UserIdentity): void {
  if (isRoot()) fchownSync(descriptor, uid, gid)
}

/**
 * Gives away an empty directory or a link that was just made. Where another one of root's was put in its place, it is one
 * that the directory's owner could have removed anyhow.
 */
export function giveEntry(directory: Directory, name: string, { uid, gid }: UserIdentity): void {
  if (!isRoot() || !isLinux) return
  withDescriptor(
    directory.do(() => openSync(directory.at(name), flags.anything)),
    (entry) => {
      const found = fstatSync(entry)
      const isOurs =
        found.uid === 0 && (found.isSymbolicLink() || (found.isDirectory() && readdirSync(pathOf(entry)).length === 0))
      if (!isOurs) throw systemError('EEXIST', `${directory.path}/${name} is not what was just made there`, 'chown')
      chownSync(pathOf(entry), uid, gid)
    },
  )
}
