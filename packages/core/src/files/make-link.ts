import { symlinkSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import type { Directory } from './directory.ts'
import { giveEntry } from './give.ts'

/** Makes a symbolic link; throws `EEXIST`. */
export function makeLink(directory: Directory, name: string, target: string, owner: UserIdentity): void {
  directory.do(() => symlinkSync(target, directory.at(name)))
  giveEntry(directory, name, owner)
}
