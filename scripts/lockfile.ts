import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { workspaceRoot } from './public-packages.ts'

interface LockEntry {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

interface Lockfile {
  packages: Record<string, LockEntry>
}

interface PlatformBuild {
  name: string
  version: string
  dev: boolean
}

const lockfilePath = join(workspaceRoot, 'package-lock.json')

export async function readLockfile(): Promise<Lockfile> {
  return JSON.parse(await readFile(lockfilePath, 'utf8'))
}

/** Writes the entries in npm's own order. */
export async function writeLockfile(lockfile: Lockfile): Promise<void> {
  const packages = Object.entries(lockfile.packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  await writeFile(lockfilePath, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(packages) }, null, 2)}\n`)
}

/** The builds for other platforms (optional dependencies at exact versions) that the file names but doesn't hold. */
export function findMissingPlatformBuilds({ packages }: Lockfile): PlatformBuild[] {
  const missing = new Map<string, PlatformBuild>()
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const held = packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`]
      if (/^\d/.test(version) && !held) missing.set(name, { name, version, dev: entry.dev === true })
    }
  }
  return [...missing.values()]
}
