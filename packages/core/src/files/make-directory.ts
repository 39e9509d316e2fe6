import { mkdirSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import type { Directory } from './directory.ts'
import { giveEntry } from './give.ts'

/** Makes a private directory for the owner of the one that it lies in; throws `EEXIST`. */
export function makeDirectory(directory: Directory, name: string, owner: UserIdentity): Directory {
  directory.do(() => mkdirSync(directory.at(name), { mode: 0o700 }))
  giveEntry(directory, name, owner)
  return directory.openDirectory(name)
}
