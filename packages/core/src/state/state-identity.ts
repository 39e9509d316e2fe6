import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { createFileAtomically } from './atomic-file.ts'

export const identityLength = 6
const pattern = new RegExp(`^[a-z0-9]{${identityLength}}$`)
/** Enough to tell that a file holds more than an identity. */
const mostBytes = 16

export const isIdentity = (text: string): boolean => pattern.test(text)

/**
 * What names in storage say of the state directory that they were given for: six of `a-z 0-9`, made once. It stays when records
 * are lost, and is how they are told from those of others.
 *
 * @throws PgforkError `STATE_UNUSABLE`
 */
export async function ensureIdentity(directory: string): Promise<string> {
  const path = join(directory, 'identity')
  const known = readIdentity(path)
  if (known !== undefined) return known
  try {
    await createFileAtomically(path, `${randomCharacters(identityLength)}\n`, 'flushed')
  } catch (error) {
    // Another process was faster.
    if (!isSystemError(error, 'EEXIST')) throw fromSystemError(error, 'STATE_UNUSABLE', `${path} cannot be written`)
  }
  return readIdentity(path) ?? ensureIdentity(directory)
}

/** Synchronously: it is read for every operation, and the kernel needs microseconds. */
function readIdentity(path: string): string | undefined {
  const text = readStart(path)
  if (text === undefined) return undefined
  const identity = text.replace(/\n$/, '')
  if (isIdentity(identity)) return identity
  throw unusable(path, `does not hold ${identityLength} of a-z and 0-9`)
}

function readStart(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw unusable(path, 'cannot be opened', error)
  }
  try {
    if (!fstatSync(file).isFile()) throw unusable(path, 'is no file')
    const buffer = Buffer.alloc(mostBytes)
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, mostBytes, 0))
  } finally {
    closeSync(file)
  }
}

const unusable = (path: string, reason: string, cause?: unknown): PgforkError =>
  new PgforkError(
    'STATE_UNUSABLE',
    `${path} ${reason}. Write back the characters that the names of this directory's snapshots and clones hold in storage, or remove ` +
      'the file: then a new identity is made, and what the records name stays theirs.',
    { facts: { path }, cause },
  )
