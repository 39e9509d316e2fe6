import { join } from 'node:path'
import type { Client } from 'pg'
import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { runClient } from '../elsewhere/run-client.ts'
import { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { accessFile, configurationFile, logFileOf } from '../postgres/files/paths.ts'
import { makeOutsideFolder, makeOwnFolder, removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { closedAccess, passwordAccess } from '../postgres/sanitize/access-rules.ts'
import { connectAsSuperuser } from '../postgres/sql/connect-as-superuser.ts'
import type { Generation } from '../records/generation.ts'
import type { ImportRecord } from '../records/import-record.ts'

/** The server of a generation that is being made: for its maker alone, over a private socket. */
export interface ImportServer {
  readonly socketDirectory: string
  readonly port: number
  start(settings: Readonly<Record<string, string>>): Promise<void>
  /** Cleanly, with all that it has in its files. */
  stop(): Promise<void>
  query<T>(use: (client: Client) => Promise<T>): Promise<T>
  /** What its forks find: settings of theirs to inherit, and nobody's access but by password. */
  leave(settings: Readonly<Record<string, string>>): void
}

/** By TCP it listens nowhere; the number is part of the socket's name. */
const port = 5432

const quiet = {
  ...{
    listen_addresses: '',
    max_wal_senders: '0',
    autovacuum: 'off',
    logging_collector: 'off',
    log_checkpoints: 'off',
  },
  ...{ shared_buffers: '256MB', maintenance_work_mem: '256MB', max_wal_size: '4GB', checkpoint_timeout: '30min' },
}

export function importServer(
  operation: Operation,
  { name, major, owner, binDirectory, role }: ImportRecord,
  generation: Generation,
  outsideDirectory: string,
): ImportServer {
  const dataDirectory = dataDirectoryOf(generation)
  const files = (use: (directory: Directory) => void): void => {
    using directory = Directory.open(dataDirectory)
    use(directory)
  }
  let socketDirectory = ''
  const server = () => ({ dataDirectory, socketDirectory })
  return {
    port,
    get socketDirectory() {
      return socketDirectory
    },
    async start(settings) {
      files((directory) => {
        if (socketDirectory === '') socketDirectory = makeOwnFolder(directory, owner, outsideDirectory)
        else if (socketDirectory === outsideDirectory) makeOutsideFolder(outsideDirectory, owner)
        const own = { ...quiet, ...settings, port: String(port), unix_socket_directories: socketDirectory }
        replaceFile(directory, configurationFile, formatConfiguration(own), owner)
        replaceFile(directory, accessFile, closedAccess([role]), owner)
      })
      await operation.launcher.start({
        ...{ server: server(), binDirectory, owner, outsideDirectory },
        logFile: logFileOf(dataDirectory),
        diesWithCaller: true,
        promotes: false,
        timeoutMs: operation.timeouts.startMs,
        signal: operation.signal,
      })
    },
    async stop() {
      // A last checkpoint writes all that the restore has left in memory.
      await operation.launcher.stop({ server: server(), owner, mode: 'fast', timeoutMs: operation.timeouts.startMs })
      removeOutsideFolder(outsideDirectory, owner)
    },
    async query(use) {
      const target = { name, major, owner, server: { socketDirectory, port }, bounds: operation.sourceBounds }
      await using superuser = await connectAsSuperuser(target, [role])
      return await use(superuser.client)
    },
    leave: (settings) =>
      files((directory) => {
        replaceFile(
          directory,
          configurationFile,
          formatConfiguration({ ...settings, listen_addresses: '127.0.0.1' }),
          owner,
        )
        replaceFile(directory, accessFile, passwordAccess, owner)
      }),
  }
}

/** Made without flushing anything; `flushCluster` does so when all is there. */
export async function initialise(
  operation: Operation,
  { owner, binDirectory, role }: ImportRecord,
  generation: Generation,
  encoding: string,
): Promise<void> {
  const args = [
    '-D',
    dataDirectoryOf(generation),
    '-U',
    role,
    `--encoding=${encoding}`,
    '--locale=C',
    '--data-checksums',
    '--no-sync',
    '--auth=trust',
  ]
  await runClient(operation, { binDirectory, program: 'initdb', args, owner })
}

export async function flushCluster(
  operation: Operation,
  { owner, binDirectory }: ImportRecord,
  generation: Generation,
): Promise<void> {
  const args = ['--sync-only', '-D', dataDirectoryOf(generation)]
  await runClient(operation, { binDirectory, program: 'initdb', args, owner })
}

export const dumpFolderOf = ({ directory }: Generation): string => join(directory, 'dump')
