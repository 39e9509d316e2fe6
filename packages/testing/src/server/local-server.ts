import { type Fork, PgforkError, type SessionOptions } from '@pgfork/core'
import { Client } from 'pg'
import { describeKept } from './describe-kept.ts'
import type { TestServer } from './test-server.ts'

export interface LocalServer extends TestServer {
  /** Opens the connection that the first `connect` gets: a new server's first one takes three times as long as others. */
  warmUp(): Promise<void>
}

/** A fork as the server of a test. */
export function localServer(fork: Fork, options: SessionOptions): LocalServer {
  const clients = new Set<Client>()
  let warm: Client | undefined
  let isKept = false

  const connect = async (): Promise<Client> => {
    const client = new Client(fork.connection)
    // Without a listener, a server that goes away ends the process.
    client.on('error', () => {})
    client.once('end', () => clients.delete(client))
    clients.add(client)
    await client.connect()
    return client
  }

  const endClients = async (): Promise<void> => {
    const ended = [...clients].map((client) => client.end().catch(() => {}))
    clients.clear()
    warm = undefined
    await Promise.all(ended)
  }
  const server: LocalServer = {
    name: fork.name,
    connection: fork.connection,
    connectionString: fork.connectionString,
    port: fork.port,
    get pid() {
      return fork.pid
    },
    dataDirectory: fork.dataDirectory,
    logFile: fork.logFile,
    get steps() {
      return fork.steps
    },
    async connect() {
      const first = warm
      warm = undefined
      return first ?? connect()
    },
    async warmUp() {
      warm ??= await connect()
    },
    async reset() {
      await endClients()
      await fork.reset()
    },
    async keep() {
      await endClients()
      await fork.persist()
      isKept = true
      return describeKept(fork, options)
    },
    async destroy() {
      if (isKept) throw kept(fork.name)
      await endClients()
      await fork.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      if (!isKept) await server.destroy()
    },
  }
  return server
}

const kept = (name: string): PgforkError =>
  new PgforkError('BUSY', `The server ${name} was kept. Remove it by: pgfork-testing remove ${name}`, {
    facts: { name },
  })
