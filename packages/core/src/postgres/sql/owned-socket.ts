import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isLinux, isRoot, pathOf } from '../../files/descriptor.ts'
import { openSocket } from '../../files/open-socket.ts'

/**
 * Connects to the Unix socket of a server that runs as this user. He may put a link in its place: root, whom no directory keeps out,
 * would then work as superuser in a server of somebody else's, with all that the caller does in a fork (H80). So root connects by a
 * descriptor, which is of a socket of that user's.
 */
export class OwnedSocket extends Socket {
  readonly #owner: UserIdentity

  constructor(owner: UserIdentity) {
    super()
    this.#owner = owner
  }

  // biome-ignore lint/suspicious/noExplicitAny: Socket.connect has overloads that only a rest parameter covers
  override connect(...parameters: any[]): this {
    const connect = (path: unknown): this => (super.connect as (path: unknown) => this)(path)
    const [path] = parameters
    if (!isRoot() || !isLinux) return connect(path)
    let file: number | undefined
    try {
      file = openSocket(path, this.#owner)
      // The kernel has looked it up when this returns.
      return connect(pathOf(file))
    } catch (error) {
      return this.destroy(error as Error)
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
}
