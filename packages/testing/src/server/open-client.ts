import { lstatSync } from 'node:fs'
import type { ForkConnection } from '@pgfork/core'
import { createUserClient, noPassword, OwnedSocket } from '@pgfork/core/companion'
import type { Client, ClientConfig } from 'pg'

/** A server of ours, as far as clients need to know it. */
export interface Reachable {
  readonly connection: ForkConnection
  readonly dataDirectory: string
}

/**
 * For clients of a server of ours, which asks for no password and has no TLS, whatever the environment says: whoever may listen in its
 * place is given no password (H29), and root is led to no other user's server (H80).
 */
export function clientOptions({ connection, dataDirectory }: Reachable): ClientConfig {
  // Nobody else can put another directory there (H60).
  const { uid, gid } = lstatSync(dataDirectory)
  return { ...connection, password: noPassword, ssl: false, stream: () => new OwnedSocket({ uid, gid }) }
}

/** Not connected yet. */
export const openClient = (server: Reachable): Client => createUserClient(clientOptions(server))
