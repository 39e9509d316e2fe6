import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { giveToServerUser } from '../system/server-user.ts'
import type { Settings } from './cluster.ts'
import { formatSettings, writeServerFile } from './configuration.ts'

/** Where the configuration lies: in the data directory, or as Debian has it in a folder like /etc/postgresql/15/main. */
export type Layout = 'plain' | 'debian'

export interface LayoutRequest {
  readonly layout: Layout
  readonly dataDirectory: string
  readonly workFolder: string
  readonly settings: Settings
}

export interface WrittenLayout {
  readonly configFile: string
  readonly extraArguments: readonly string[]
}

/** Writes the settings into a freshly initialised cluster. */
export async function writeLayout(request: LayoutRequest): Promise<WrittenLayout> {
  const { layout, dataDirectory, settings } = request
  if (layout === 'debian') return writeDebianLayout(request)
  const configFile = join(dataDirectory, 'postgresql.conf')
  await writeServerFile(configFile, formatSettings(settings))
  return { configFile, extraArguments: [] }
}

/** As `pg_createcluster` does: nothing but postgresql.auto.conf stays in the data directory. */
async function writeDebianLayout({ dataDirectory, workFolder, settings }: LayoutRequest): Promise<WrittenLayout> {
  const folder = join(workFolder, 'etc')
  await makeServerFolder(folder)
  await makeServerFolder(join(folder, 'conf.d'))
  for (const name of ['pg_hba.conf', 'pg_ident.conf']) {
    await writeServerFile(join(folder, name), await readFile(join(dataDirectory, name), 'utf8'))
    await rm(join(dataDirectory, name))
  }
  await rm(join(dataDirectory, 'postgresql.conf'))
  const paths = {
    data_directory: dataDirectory,
    hba_file: join(folder, 'pg_hba.conf'),
    ident_file: join(folder, 'pg_ident.conf'),
    external_pid_file: join(workFolder, 'server.pid'),
  }
  const configFile = join(folder, 'postgresql.conf')
  await writeServerFile(configFile, `${formatSettings({ ...paths, ...settings })}include_dir = 'conf.d'\n`)
  return { configFile, extraArguments: ['-c', `config_file=${configFile}`] }
}

async function makeServerFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o755 })
  await giveToServerUser(path)
}
