import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { createFile } from '../../files/create-file.ts'
import type { Directory } from '../../files/directory.ts'

const trigger = 'promote'

/**
 * What `pg_ctl promote` does: a file, and a signal to the postmaster, which removes the file when recovery heeds it. While a server
 * starts, a signal may come before it can do anything with it (`CheckPromoteSignal` in postmaster.c), so it is repeated as long as the
 * file is there. Files that were there before the start are removed by the server itself.
 *
 * @returns a function that asks for the promotion, first and again
 */
export function promotionOf(dataDirectory: Directory, owner: UserIdentity): (postmaster: number) => void {
  let isAsked = false
  return (postmaster) => {
    if (!isAsked) createFile(dataDirectory, trigger, '', owner)
    else if (dataDirectory.look(trigger) === undefined) return
    isAsked = true
    process.kill(postmaster, 'SIGUSR1')
  }
}
