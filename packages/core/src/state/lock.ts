import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CommandRunner } from '../command/command-runner.ts'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { hasEnded, identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { waitUntil } from '../process/wait-until.ts'

export interface LockOptions {
  readonly runner: CommandRunner
  readonly signal?: AbortSignal | undefined
  /** Told once when somebody else holds the lock. */
  readonly onWait?: ((holder: ProcessIdentity) => void) | undefined
}

const free = 'free'
const forever = 2 ** 31 - 1

/**
 * Runs an action while no other process, and no other caller in this one, does so under the same lock.
 *
 * A lock is a folder with one file, whose name says who holds it. It is taken, given back, and taken over from a process
 * that has ended by renaming that file, which succeeds for exactly one: rename(2) is a compare-and-swap.
 */
export async function withLock<T>(folder: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  const own = tokenOf(await identifySelf(options.runner))
  await acquire(folder, own, options)
  try {
    return await action()
  } finally {
    // Somebody who removed the whole folder has ended the lock.
    await swap(folder, own, free)
  }
}

async function acquire(folder: string, own: string, { runner, signal, onWait }: LockOptions): Promise<void> {
  let hasWaited = false
  await waitUntil(
    async () => {
      const token = await readToken(folder)
      if (token === undefined) return false
      const holder = holderOf(token)
      if (holder === undefined || (await hasEnded(holder, runner))) return swap(folder, token, own)
      if (!hasWaited) onWait?.(holder)
      hasWaited = true
      return false
    },
    { what: `The release of ${folder}`, timeoutMs: forever, signal },
  )
}

async function readToken(folder: string): Promise<string | undefined> {
  try {
    return (await readdir(folder))[0]
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw fromSystemError(error, 'STATE_UNUSABLE', `${folder} cannot be read`)
    await createLock(folder)
    return undefined
  }
}

/** A lock appears with its file in it, or not at all: renaming a folder over one that isn't empty fails. */
async function createLock(folder: string): Promise<void> {
  const temporary = await makeTemporary(folder)
  try {
    await writeFile(join(temporary, free), '')
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!isSystemError(error, 'ENOTEMPTY') && !isSystemError(error, 'EEXIST'))
      throw fromSystemError(error, 'STATE_UNUSABLE', `${folder} cannot be made`)
  }
}

async function makeTemporary(folder: string): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
    return await mkdtemp(`${folder}.`)
  } catch (error) {
    throw fromSystemError(error, 'STATE_UNUSABLE', `${folder} cannot be made`)
  }
}

async function swap(folder: string, from: string, to: string): Promise<boolean> {
  try {
    await rename(join(folder, from), join(folder, to))
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false
    throw fromSystemError(error, 'STATE_UNUSABLE', `${folder} cannot be changed`)
  }
}

const tokenOf = ({ pid, startedAt }: ProcessIdentity): string => `${pid},${encodeURIComponent(startedAt)}`

function holderOf(token: string): ProcessIdentity | undefined {
  const [, pid, startedAt] = /^(\d+),(.+)$/.exec(token) ?? []
  return pid === undefined || startedAt === undefined
    ? undefined
    : { pid: Number(pid), startedAt: decodeURIComponent(startedAt) }
}
