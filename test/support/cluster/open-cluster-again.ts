import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { giveToServerUser } from '../system/server-user.ts'
import type { Cluster } from './cluster.ts'
import { formatSettings } from './configuration.ts'
import { findBinaries } from './find-binaries.ts'
import { openWithPort } from './open-with-port.ts'
import { majorVersions } from './versions.ts'

/** Starts the server of a data directory that another process made by `createCluster` and didn't live to remove. */
export async function openClusterAgain(dataDirectory: string): Promise<Cluster> {
  const found = (await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8')).trim()
  const version = majorVersions.find((known) => String(known) === found)
  const binDirectory = version === undefined ? undefined : await findBinaries(version)
  if (version === undefined || binDirectory === undefined) throw new Error(`There is no server of version ${found}.`)
  const workFolder = await makeWorkFolder(`cluster-${version}`)
  await giveToServerUser(workFolder)
  const configFile = join(dataDirectory, 'postgresql.conf')
  await appendFile(configFile, formatSettings({ unix_socket_directories: workFolder }))
  const parts = { version, binDirectory, dataDirectory, workFolder, configFile, extraArguments: [] }
  return await openWithPort({ ...parts, ownedPaths: [dataDirectory, workFolder] }, true)
}
