import type { Client } from 'pg'
import type { UserIdentity } from '../command/command-runner.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { createUserClient, noPassword } from '../postgres/sql/open-session.ts'
import { OwnedSocket } from '../postgres/sql/owned-socket.ts'
import type { ForkConnection } from './connection.ts'

export interface ConnectOptions {
  /** Default: that of `connection`. */
  readonly database?: string
  /** A role, which needs no password. Default: that of `connection`. */
  readonly user?: string
}

/** The clients that a fork has given out: they end with its server, and by themselves take down no process. */
export class ForkClients {
  readonly #clients = new Set<Client>()
  readonly #owner: UserIdentity

  /** @param owner whom the fork's server runs as */
  constructor(owner: UserIdentity) {
    this.#owner = owner
  }

  async connect(connection: ForkConnection, { database, user }: ConnectOptions): Promise<Client> {
    const client = createUserClient({
      ...connection,
      password: noPassword,
      // A fork has none: PGSSLMODE is for other servers.
      ssl: false,
      stream: () => new OwnedSocket(this.#owner),
      ...(database === undefined ? {} : { database }),
      ...(user === undefined ? {} : { user }),
    })
    client.once('end', () => this.#clients.delete(client))
    this.#clients.add(client)
    try {
      await Promise.race([client.connect(), endOf(client)])
      return client
    } catch (error) {
      this.#clients.delete(client)
      await client.end().catch(() => {})
      throw error
    }
  }

  /** A query under way fails. */
  async end(): Promise<void> {
    const clients = [...this.#clients]
    this.#clients.clear()
    await Promise.all(clients.map((client) => client.end().catch(() => {})))
  }
}

/** node-postgres never settles `connect()` of a client that is ended meanwhile. */
const endOf = (client: Client): Promise<never> =>
  new Promise((_, reject) => {
    client.once('end', () =>
      reject(
        new PgforkError('FORK_NOT_READY', 'The fork was stopped, reset or destroyed while a client connected to it.'),
      ),
    )
  })
