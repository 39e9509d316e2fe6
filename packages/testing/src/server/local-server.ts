import { type Fork, type OperationOptions, PgforkError } from '@pgfork/core'
import type { Client } from 'pg'
import { noteKept } from '../kept/kept-servers.ts'
import { describeKept } from './describe-kept.ts'
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
  let warm: Client | undefined
  let isKept = false

  /** The fork ends it, with all others. */
  const coolDown = (): void => {
    // Keeps the process alive until it has ended, even if nothing else does.
    if (warm !== undefined) asHandle(warm).ref()
    warm = undefined
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
      return first ?? fork.connect()
    },
    async warmUp() {
      if (warm !== undefined) return
      const client = await fork.connect()
      await client.query(warmingQuery)
      // The server may end it while nobody uses it: by `idle_session_timeout`.
      for (const event of ['error', 'end'] as const)
        client.once(event, () => {
          if (warm === client) warm = undefined
        })
      // Must not keep a process alive whose work is done, such as an interrupted runner's worker.
      asHandle(client).unref()
      warm = client
    },
    async reset() {
      coolDown()
      await fork.reset()
    },
    async keep(test) {
      coolDown()
      // Before it outlives this process, so that the command line knows it for one of these, and the limit of failures counts it.
      await noteKept(fork, test, options)
      await fork.persist()
      isKept = true
      return describeKept(fork, options)
    },
    async destroy() {
      if (isKept) throw kept(fork.name)
      coolDown()
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
