import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import process from 'node:process'
import { describeValue } from '../errors/describe-value.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { findUnsafe } from '../files/check-place.ts'
import { ensureIdentity } from './state-identity.ts'

/**
 * Where pgfork keeps what must outlive a process: a record of each fork and snapshot, and the ports and timelines that they
 * hold. Every user has one. It is private (0700) and refused when anybody else could have written into it.
 */
export interface StateDirectory {
  readonly path: string
  /** Part of the names in storage of all that is made for it. */
  readonly identity: string
  readonly forks: string
  readonly snapshots: string
  readonly histories: string
  readonly standbys: string
  readonly imports: string
  /** WAL out of archives, for as long as an operation needs it. */
  readonly fetched: string
  readonly ports: string
  readonly timelines: string
  readonly locks: string
  /** One each for the names of forks and snapshots. */
  readonly nameLocks: string
}

/**
 * Default: the environment's `PGFORK_STATE_DIRECTORY`; else `/var/lib/pgfork` for root and `$XDG_STATE_HOME/pgfork`
 * (`~/.local/state/pgfork`) for others.
 *
 * @throws PgforkError `STATE_UNUSABLE`
 */
export async function openStateDirectory(given?: string): Promise<StateDirectory> {
  if (given !== undefined && (typeof given !== 'string' || given.includes('\0')))
    throw unusable(describeValue(given), 'is not a path')
  const path = findStateDirectory(given)
  checkAbove(path)
  makePrivate(path)
  // A folder above it that wasn't there may be somebody else's, who was faster.
  checkAbove(path)
  const folders = {
    forks: join(path, 'forks'),
    snapshots: join(path, 'snapshots'),
    histories: join(path, 'histories'),
    standbys: join(path, 'standbys'),
    imports: join(path, 'imports'),
    fetched: join(path, 'fetched'),
    ports: join(path, 'ports'),
    timelines: join(path, 'timelines'),
    locks: join(path, 'locks'),
    nameLocks: join(path, 'locks', 'names'),
  }
  for (const folder of Object.values(folders)) makePrivate(folder)
  return { path, identity: await ensureIdentity(path), ...folders }
}

/** Where it is, whether or not it is there. */
export const findStateDirectory = (given?: string): string =>
  resolve(given || process.env.PGFORK_STATE_DIRECTORY || defaultPath())

function defaultPath(): string {
  if (process.geteuid?.() === 0) return '/var/lib/pgfork'
  const { XDG_STATE_HOME: given = '' } = process.env
  // One that isn't absolute counts for nothing (XDG Base Directory Specification): each working directory would have records of its own.
  return join(isAbsolute(given) ? given : join(homedir(), '.local', 'state'), 'pgfork')
}

function checkAbove(path: string): void {
  const unsafe = findUnsafe(dirname(path))
  if (unsafe !== undefined) throw unusable(path, `can be exchanged by others, since ${unsafe.folder} ${unsafe.reason}`)
}

/** Synchronously: it is looked at for every operation, and the kernel needs microseconds. */
function makePrivate(path: string): void {
  const found = lookAt(path) ?? make(path)
  if (!found.isDirectory()) throw unusable(path, 'is not a directory')
  if (found.uid !== process.geteuid?.()) throw unusable(path, `belongs to user ${found.uid}`)
  if ((found.mode & 0o077) !== 0) throw unusable(path, 'is open to other users; give it mode 0700')
}

function make(path: string): Stats {
  try {
    makeAll(path)
    return lstatSync(path)
  } catch (error) {
    throw unusable(path, 'cannot be created', error)
  }
}

/** Node's own way to make a folder with those above never ends where the kernel has none made: below `/proc`. */
function makeAll(path: string): void {
  try {
    makeOne(path)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error
    makeAll(dirname(path))
    makeOne(path)
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process was faster, or it is looked at.
    if (!isSystemError(error, 'EEXIST')) throw error
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw unusable(path, 'cannot be read', error)
  }
}

const unusable = (path: string, reason: string, cause?: unknown): PgforkError =>
  new PgforkError(
    'STATE_UNUSABLE',
    `The state directory ${path} ${reason}. Choose another one by stateDirectory or PGFORK_STATE_DIRECTORY.`,
    { facts: { path }, cause },
  )
