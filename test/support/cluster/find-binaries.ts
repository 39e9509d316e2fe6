import { access, constants, cp, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, parse } from 'node:path'
import { serverUser } from '../system/server-user.ts'
import { type MajorVersion, majorVersions, testedVersion } from './versions.ts'

export type BinarySource = 'debian' | 'npm'

/**
 * The folder of a version's server binaries: Debian's if it is installed, else npm's package (`pg10` .. `pg18`).
 * Undefined when there is neither.
 */
export async function findBinaries(version: MajorVersion, source?: BinarySource): Promise<string | undefined> {
  const debian = `/usr/lib/postgresql/${version}/bin`
  if (source !== 'npm' && (await isExecutable(join(debian, 'initdb')))) return debian
  if (source === 'debian') return undefined
  const npm = npmBinaries(version)
  return npm !== undefined && (await isExecutable(join(npm, 'initdb'))) ? npm : undefined
}

/**
 * A version whose binaries include a tool that npm's packages lack (pg_checksums, pg_waldump): the tested one or, without it, the
 * newest that is installed.
 */
export async function findVersionWith(tool: string): Promise<MajorVersion> {
  for (const version of [testedVersion(), ...majorVersions.toReversed()])
    if (await isExecutable(`/usr/lib/postgresql/${version}/bin/${tool}`)) return version
  throw new Error(`${tool} is not installed. Run: apt-get install postgresql`)
}

/**
 * The same folder, or a copy in `workFolder` where the server's user can't reach it: a checkout in root's home is closed
 * to `postgres`.
 */
export async function reachableBinaries(binDirectory: string, workFolder: string): Promise<string> {
  if (serverUser === undefined || (await isOpenToAll(binDirectory))) return binDirectory
  const copy = join(workFolder, 'binaries')
  await cp(dirname(binDirectory), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function npmBinaries(version: MajorVersion): string | undefined {
  try {
    // The package exports nothing but its entry, dist/index.js.
    const entry = createRequire(import.meta.url).resolve(`pg${version}`)
    return join(dirname(dirname(entry)), 'native', 'bin')
  } catch {
    return undefined
  }
}

async function isOpenToAll(path: string): Promise<boolean> {
  for (let folder = path; folder !== parse(folder).root; folder = dirname(folder))
    if (((await stat(folder)).mode & 0o001) === 0) return false
  return true
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
