import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandRunner, UserIdentity } from '@pgfork/core'
import { Directory, makeOutsideFolder } from '@pgfork/core/companion'

const name = 'maker'

/** Held open for writing as long as this process lives; whoever reads the other end learns of its end, however it comes. */
const held = new Map<string, number>()

/** Where a server's container finds the pipe while it starts. */
export const makerPipeIn = (folder: string): string => join(folder, name)

/**
 * Ties a server to this process by a pipe in a folder of the server's user's own.
 *
 * @param folder in the system's temporary folder: a descriptor in a clone would keep that from being unmounted
 */
export async function holdMakerPipe(
  dataDirectory: string,
  folder: string,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<void> {
  letGoOfMakerPipe(dataDirectory)
  makeOutsideFolder(folder, owner)
  using directory = Directory.open(folder)
  if (directory.look(name) === undefined)
    await runner.run('mkfifo', ['-m', '600', '--', makerPipeIn(folder)], { user: owner })
  // Open for both, it doesn't wait for a reader.
  const pipe = openSync(directory.at(name), constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const { uid } = fstatSync(pipe)
  if (uid !== owner.uid || !fstatSync(pipe).isFIFO()) {
    closeSync(pipe)
    throw new Error(`${makerPipeIn(folder)} is no pipe of the server's user`)
  }
  held.set(dataDirectory, pipe)
}

export function letGoOfMakerPipe(dataDirectory: string): void {
  const pipe = held.get(dataDirectory)
  if (pipe === undefined) return
  held.delete(dataDirectory)
  closeSync(pipe)
}
