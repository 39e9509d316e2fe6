import { chmodSync, chownSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import { ownUser } from '../command/own-user.ts'
import { isRoot } from './descriptor.ts'
import { Directory } from './directory.ts'

/** Takes the root directory of a tree from its owner: nobody but root reaches what is below, whosever that is. */
export function closeTree(path: string): void {
  giveRoot(path, ownUser())
}

/** Gives the root directory of a tree to the owner of what is below, and to nobody else (H29). From now on the tree is his. */
export function handOverTree(path: string, owner: UserIdentity): void {
  giveRoot(path, owner)
}

/** What an ordinary user makes is his all the time, and the folder above keeps others out. */
function giveRoot(path: string, { uid, gid }: UserIdentity): void {
  if (!isRoot()) return
  using root = Directory.open(path)
  chmodSync(root.held, 0o700)
  chownSync(root.held, uid, gid)
}
