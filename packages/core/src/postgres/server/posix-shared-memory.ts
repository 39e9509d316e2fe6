import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { UserIdentity } from '../../command/command-runner.ts'
import { ownFolder } from '../files/remove-identity.ts'
import { replaceFile } from '../files/replace-file.ts'

const directory = '/dev/shm'
const namePattern = /\/dev\/shm\/(PostgreSQL\.\d+)/g

/**
 * Notes which POSIX segments a server has made for its dynamic shared memory (`dynamic_shared_memory_type = posix`), beside
 * its log. They have random names, and a server that is killed leaves them to its next start, which finds them by a key that
 * forks have in common (H19), if it takes place at all. Linux tells; elsewhere nothing is noted.
 */
export async function noteSegments(pid: number, dataDirectory: string, owner: UserIdentity): Promise<void> {
  const names = namesIn(mapsOf(pid))
  if (names.length > 0) await replaceFile(notePath(dataDirectory), names.join('\n'), owner)
}

/**
 * Removes the segments that a killed server left. The note belongs to the fork's user: only segments of that user's own are
 * removed, and none while a process has any of them in use, as the server of which the fork's files were copied would.
 */
export async function releaseSegments(dataDirectory: string): Promise<void> {
  const note = readNote(notePath(dataDirectory))
  const segments = note?.names.map((name) => join(directory, name)).filter((path) => ownerOf(path) === note.uid) ?? []
  if (segments.length === 0 || isAnyInUse(segments)) return
  await Promise.all(segments.map((path) => rm(path, { force: true })))
}

const notePath = (dataDirectory: string): string => join(dataDirectory, ownFolder, 'shared-memory')

const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(namePattern)].map(([, name]) => name as string)),
]

function mapsOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
  } catch {
    // It has just ended, belongs to somebody else, or this is no Linux.
    return ''
  }
}

function readNote(path: string): { names: string[]; uid: number } | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const { uid, size } = fstatSync(file)
    const names = size < 4096 ? readFileSync(file, 'utf8').split('\n') : []
    return { uid, names: names.filter((name) => /^PostgreSQL\.\d+$/.test(name)) }
  } finally {
    closeSync(file)
  }
}

function ownerOf(path: string): number | undefined {
  try {
    const found = lstatSync(path)
    return found.isFile() ? found.uid : undefined
  } catch {
    return undefined
  }
}

function isAnyInUse(segments: readonly string[]): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.some((pid) => {
    const maps = mapsOf(pid)
    return segments.some((path) => maps.includes(path))
  })
}
