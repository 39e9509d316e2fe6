import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { PgforkError } from '@pgfork/core'
import { identifySystem } from './identify-system.ts'

/** Where packages put versions side by side: a folder for each, with the binaries below it. */
const versionedFolders = [
  { folder: '/usr/lib/postgresql', pattern: /^(\d+)$/, below: 'bin' },
  { folder: '/usr', pattern: /^pgsql-(\d+)$/, below: 'bin' },
  { folder: '/opt/homebrew/opt', pattern: /^postgresql@(\d+)$/, below: 'bin' },
  { folder: '/usr/local/opt', pattern: /^postgresql@(\d+)$/, below: 'bin' },
]

/**
 * The folder of the server binaries for a new cluster: the given one, else the first on the PATH, else the newest where
 * packages put them.
 *
 * @throws PgforkError `BINARIES_NOT_FOUND`
 */
export async function findInitdb(given?: string): Promise<string> {
  const candidates = given === undefined ? [...pathFolders(), ...(await packagedFolders())] : [given]
  for (const folder of candidates) if (await hasServer(folder)) return realpath(folder)
  throw new PgforkError(
    'BINARIES_NOT_FOUND',
    `No initdb and postgres were found in ${candidates.join(', ')}. Install PostgreSQL (Debian: postgresql) or pass the folder with its binaries in binDirectory.`,
    { facts: { searched: candidates } },
  )
}

/** Differs between builds of the binaries, and of what they sort and tell the time by. Doesn't run them. */
export async function identifyBinaries(binDirectory: string): Promise<string[]> {
  const { size, mtimeMs } = await stat(join(binDirectory, 'postgres'))
  return [`${binDirectory} ${size} ${mtimeMs}`, ...(await identifySystem())]
}

const pathFolders = (): string[] => (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'))

async function packagedFolders(): Promise<string[]> {
  const found = await Promise.all(
    versionedFolders.map(async ({ folder, pattern, below }) => {
      const names = await readdir(folder).catch(() => [])
      return names.flatMap((name) => {
        const major = pattern.exec(name)?.[1]
        return major === undefined ? [] : [{ major: Number(major), path: join(folder, name, below) }]
      })
    }),
  )
  return found
    .flat()
    .sort((one, other) => other.major - one.major)
    .map(({ path }) => path)
}

async function hasServer(folder: string): Promise<boolean> {
  const checks = ['initdb', 'postgres'].map((name) =>
    access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    ),
  )
  return (await Promise.all(checks)).every(Boolean)
}
