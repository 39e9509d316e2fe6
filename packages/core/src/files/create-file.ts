import { openSync, rmSync, writeFileSync } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'
import { flags, withDescriptor } from './descriptor.ts'
import type { Directory } from './directory.ts'
import { giveFile } from './give.ts'

/** Writes a private file of the owner's under a name that is free; throws `EEXIST`. */
export function createFile(directory: Directory, name: string, content: string, owner: UserIdentity): void {
  directory.do(() =>
    withDescriptor(openSync(directory.at(name), flags.create, 0o600), (file) => {
      try {
        writeFileSync(file, content)
        giveFile(file, owner)
      } catch (error) {
        rmSync(directory.at(name), { force: true })
        throw error
      }
    }),
  )
}
