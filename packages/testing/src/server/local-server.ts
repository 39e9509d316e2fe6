import { type Fork, type OperationOptions, PgforkError } from '@pgfork/core'
import type { Client } from 'pg'
import { noteKept } from '../kept/kept-servers.ts'
import { describeKept } from './describe-kept.ts'
import { openClient } from './open-client.ts'
import type { TestServer } from './test-server.ts'

export interface LocalServer extends TestServer {
  /** Opens the connection for the first `connect`, since a new server's first connection and first query take much longer than others. */
  warmUp(): Promise<void>
}

/** Reads the catalogs that planning any query reads. Without it a test's first query takes about 3 ms longer. */
const warmingQuery =
  'select from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid where c.oid = 0'

/** A fork as a test's server. */
export function localServer(fork: Fork, options: OperationOptions): LocalServer {
  const clients = new Set<Client>()
  let warm: Client | undefined
  let isKept = false

  const connect = async (): Promise<Client> => {
    const client = openClient(fork.connection)
    client.once('end', () => clients.delete(client))
    clients.add(client)
    await client.connect()
    return client
  }

  const endClients = async (): Promise<void> => {
    // Keeps the process alive until they have ended, even if nothing else does.
    if (warm !== undefined) asHandle(warm).ref()
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
      if (first !== undefined) asHandle(first).ref()
      return first ?? connect()
    },
    async warmUp() {
      if (warm !== undefined) return
      warm = await connect()
      await warm.query(warmingQuery)
      // Must not keep a process alive whose work is done, such as an interrupted runner's worker.
      asHandle(warm).unref()
    },
    async reset() {
      await endClients()
      await fork.reset()
    },
    async keep() {
      await endClients()
      // Before it outlives this process, so that the command line knows it for one of these.
      await noteKept(fork, options)
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

/** node-postgres has these, but not in its types. */
const asHandle = (client: Client) => client as Client & { ref(): void; unref(): void }

const kept = (name: string): PgforkError =>
  new PgforkError('BUSY', `The server ${name} was kept. Remove it: npx pgfork-testing remove ${name}`, {
    facts: { name },
  })
