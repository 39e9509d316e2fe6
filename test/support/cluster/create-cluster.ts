import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'
import { giveToServerUser, serverUser } from '../system/server-user.ts'
import type { Cluster, Settings } from './cluster.ts'
import { type BinarySource, findBinaries, reachableBinaries } from './find-binaries.ts'
import { type Layout, writeLayout } from './layout.ts'
import { openWithPort } from './open-with-port.ts'
import { type MajorVersion, testedVersion } from './versions.ts'

export interface ClusterOptions {
  /** The data directory to be: absent, or empty as a fresh subvolume is. Missing parents are made and, unlike it, left. */
  readonly directory: string
  /** Default: `testedVersion()`. */
  readonly version?: MajorVersion
  /** Default: Debian's server binaries where they are installed, else npm's. */
  readonly binaries?: BinarySource
  /** The folder of a server of this version that is neither Debian's nor npm's. */
  readonly binDirectory?: string
  readonly settings?: Settings
  /** More words for initdb, such as `['--data-checksums']`. */
  readonly initdbOptions?: readonly string[]
  /** A WAL directory elsewhere (`initdb --waldir`), absent or empty. */
  readonly walDirectory?: string
  /** Default `plain`. */
  readonly layout?: Layout
  /** Of the host that its server runs on. Default: this one's. */
  readonly networkNamespace?: string
  /** Default true. */
  readonly start?: boolean
}

/**
 * Initialises and starts a real PostgreSQL server on 127.0.0.1 and a Unix socket, as `postgres` when the current user is
 * root. Its commits are durable unless `settings` say otherwise. It ends when this process does.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory: dataDirectory, version = testedVersion(), walDirectory } = options
  const found = options.binDirectory ?? (await findBinaries(version, options.binaries))
  if (found === undefined)
    throw new Error(
      `There are no server binaries of PostgreSQL ${version}. Run: npm install pg${version} --workspace test`,
    )
  const workFolder = await makeWorkFolder(`cluster-${version}`)
  await giveToServerUser(workFolder)
  const ownedPaths = [dataDirectory, ...(walDirectory === undefined ? [] : [walDirectory]), workFolder]
  try {
    const binDirectory = await reachableBinaries(found, workFolder)
    for (const path of [dataDirectory, ...(walDirectory === undefined ? [] : [walDirectory])]) {
      await mkdir(dirname(path), { recursive: true })
      await mkdir(path, { recursive: true, mode: 0o700 })
      await giveToServerUser(path)
    }
    await initialise(join(binDirectory, 'initdb'), options)
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: workFolder,
      log_line_prefix: '%m [%p] ',
      ...options.settings,
    }
    const layout = await writeLayout({ layout: options.layout ?? 'plain', dataDirectory, workFolder, settings })
    const { networkNamespace } = options
    const parts = { version, binDirectory, dataDirectory, workFolder, ownedPaths, networkNamespace, ...layout }
    return await openWithPort(parts, options.start ?? true)
  } catch (error) {
    for (const path of ownedPaths) await rm(path, { recursive: true, force: true })
    throw error
  }
}

async function initialise(initdb: string, options: ClusterOptions): Promise<void> {
  const waldir = options.walDirectory === undefined ? [] : [`--waldir=${options.walDirectory}`]
  await runner.run(
    initdb,
    [
      ...['-D', options.directory, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      ...waldir,
      ...(options.initdbOptions ?? []),
    ],
    serverUser === undefined ? {} : { user: serverUser },
  )
}
