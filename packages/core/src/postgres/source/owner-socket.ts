import { Socket } from 'node:net'
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
import type { UserIdentity } from '../../command/command-runner.ts'

/** In a worker thread Node can't change users. */
export const canConnectAs = (owner: UserIdentity): boolean =>
  isMainThread && process.geteuid?.() === 0 && owner.uid !== 0

/**
 * A socket that connects as another user, so that root passes the `peer` authentication of a Unix socket as
 * `postgres` does. The kernel notes the effective user at connect(2), which Node calls before `connect` returns; the
 * user is changed for just that call, but for every thread of the process: only for a server that refuses root.
 */
export class OwnerSocket extends Socket {
  readonly #owner: UserIdentity

  constructor(owner: UserIdentity) {
    super()
    this.#owner = owner
  }

  // biome-ignore lint/suspicious/noExplicitAny: Socket.connect has overloads that only a rest parameter covers
  override connect(...parameters: any[]): this {
    const connect = (): this => (super.connect as (...parameters: unknown[]) => this)(...parameters)
    if (!canConnectAs(this.#owner)) return connect()
    process.seteuid?.(this.#owner.uid)
    try {
      return connect()
    } finally {
      process.seteuid?.(0)
    }
  }
}
