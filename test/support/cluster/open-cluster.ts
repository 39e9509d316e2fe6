import { appendFile, readFile, rm } from 'node:fs/promises'
import pg from 'pg'
import { lastLines } from '../evidence/evidence.ts'
import { waitUntil } from '../wait-until.ts'
import type { Cluster } from './cluster.ts'
import { formatSettings } from './configuration.ts'
import { readPostmasterPid } from './postmaster-pid.ts'
import type { ReservedPort } from './reserve-port.ts'
import { type Server, startServer } from './server.ts'
import { type AbandonedMemory, findSharedMemory, removeSharedMemory } from './shared-memory.ts'
import type { MajorVersion } from './versions.ts'

export interface ClusterParts {
  readonly version: MajorVersion
  readonly binDirectory: string
  readonly dataDirectory: string
  readonly configFile: string
  readonly socketDirectory: string
  readonly logFile: string
  readonly extraArguments: readonly string[]
  readonly port: ReservedPort
  readonly networkNamespace?: string | undefined
  /** Deleted at the end, the data directory among them. */
  readonly ownedPaths: readonly string[]
}

/** A `Cluster` over an initialised data directory with its configuration. */
export function openCluster(parts: ClusterParts): Cluster {
  const { version, binDirectory, dataDirectory, configFile, socketDirectory, logFile } = parts
  const clients = new Set<pg.Client>()
  let server: Server | undefined
  let port = parts.port.port
  let abandonedMemory: AbandonedMemory | undefined
  let lastLog: string | undefined

  const running = () => (server?.isRunning() ? server : undefined)
  const connection = () => ({ host: socketDirectory, port, user: 'postgres', database: 'postgres' })

  async function start(): Promise<void> {
    if (running() !== undefined) throw new Error(`The server of ${dataDirectory} runs already.`)
    server = await startServer(parts)
    port = (await readPostmasterPid(dataDirectory))?.port ?? port
    // A server takes back what it had before a crash only if no other one was in its way to the same key, and all top
    // folders of Btrfs subvolumes have the same inode, from which keys are made (H19).
    if (abandonedMemory !== undefined) await removeSharedMemory(abandonedMemory)
    abandonedMemory = undefined
  }

  async function stop(mode: 'smart' | 'fast' | 'immediate' = 'fast'): Promise<void> {
    await running()?.stop(mode)
  }

  async function crash(): Promise<void> {
    const memory = server === undefined ? undefined : await findSharedMemory(dataDirectory, server.pid)
    await server?.crash()
    abandonedMemory = memory
  }

  async function client(database = 'postgres'): Promise<pg.Client> {
    const opened = new pg.Client({ ...connection(), database })
    // Without a listener the end of the server would end the test's process; a query in flight rejects by itself.
    opened.on('error', () => undefined)
    opened.once('end', () => clients.delete(opened))
    await opened.connect()
    clients.add(opened)
    return opened
  }

  async function query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    const session = await client()
    try {
      const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await session.query<Row>(sql, values)
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
    } finally {
      await session.end()
    }
  }

  async function settings(values: Record<string, string | number | boolean>): Promise<void> {
    await appendFile(configFile, `\n${formatSettings(values)}`)
    if (running() === undefined) return
    const [before] = await query<{ loaded: string }>('SELECT pg_conf_load_time()::text AS loaded, pg_reload_conf()')
    // A new session inherits what the postmaster has read.
    await waitUntil(
      async () => (await query('SELECT WHERE pg_conf_load_time() <> $1::timestamptz', [before?.loaded])).length > 0,
      { timeoutMs: 60_000, what: async () => `reload of ${configFile}. The server's log:\n${await log()}` },
    )
  }

  async function log(): Promise<string> {
    return lastLog ?? (await readFile(logFile, 'utf8').catch(() => ''))
  }

  async function dispose(): Promise<void> {
    await Promise.all([...clients].map((opened) => opened.end().catch(() => undefined)))
    await stop('immediate')
    if (abandonedMemory !== undefined) await removeSharedMemory(abandonedMemory)
    lastLog ??= await log()
    for (const path of parts.ownedPaths) await rm(path, { recursive: true, force: true })
    await parts.port.release()
  }

  return {
    version,
    binDirectory,
    dataDirectory,
    configFile,
    socketDirectory,
    logFile,
    get port() {
      return port
    },
    get pid() {
      return running()?.pid
    },
    get connection() {
      return connection()
    },
    start,
    stop,
    async restart() {
      await stop()
      await start()
    },
    crash,
    isRunning: () => running() !== undefined,
    client,
    query,
    settings,
    log,
    evidence: async () => `Log of PostgreSQL ${version} in ${dataDirectory}:\n${lastLines(await log())}`,
    [Symbol.asyncDispose]: dispose,
  }
}
