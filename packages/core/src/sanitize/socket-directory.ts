import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'
import { ownFolder } from './remove-identity.ts'

/** `sun_path` of unix(7) less its terminating zero. */
const longestSocketPath = 107
const outsidePrefix = 'pgfork-'

/**
 * The private directory of a fork's socket and log: inside its data directory, so that it goes where that goes. Where
 * that path is too long for a socket, one with a random name in the system's temporary folder, or the one that the fork
 * had before it was reset.
 */
export async function makeOwnFolder(dataDirectory: string, owner: UserIdentity, last?: string): Promise<string> {
  const own = join(dataDirectory, ownFolder)
  await mkdir(own, { mode: 0o700 })
  await giveTo(own, owner)
  if (Buffer.byteLength(join(own, '.s.PGSQL.65535.lock')) <= longestSocketPath) return own
  if (last !== undefined) return last
  const outside = await mkdtemp(join(tmpdir(), outsidePrefix))
  await giveTo(outside, owner)
  return outside
}

/** Removes one that was made outside; one inside the data directory goes with that. */
export async function removeOwnFolder(path: string): Promise<void> {
  if (basename(path).startsWith(outsidePrefix)) await rm(path, { recursive: true, force: true })
}

async function giveTo(path: string, owner: UserIdentity): Promise<void> {
  if (process.geteuid?.() === 0) await chown(path, owner.uid, owner.gid)
}
