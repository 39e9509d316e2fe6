import { fstatSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { flags, isRoot, readWhole, withDescriptor } from '../../files/descriptor.ts'
import type { Directory } from '../../files/directory.ts'
import { replaceFile } from '../../files/replace-file.ts'
import { exists, listPids, readProc, readStat, readUsers } from '../../process/proc.ts'
import { ownFolder } from '../files/remove-identity.ts'
import { mostControlBytes, segmentsListedIn } from './control-segment.ts'

const shared = '/dev/shm'
const noteName = 'shared-memory'
const mostBytes = 4096
const namePattern = /\/dev\/shm\/(PostgreSQL\.\d+)/g

/**
 * Notes which POSIX segments a server has made for its dynamic shared memory (`dynamic_shared_memory_type = posix`), beside
 * its log. They have random names, and a server that is killed leaves them to its next start, which finds them by a key that
 * forks have in common (H19), if it takes place at all. Linux tells; elsewhere nothing is noted.
 */
export async function noteSegments(
  pid: number,
  dataDirectory: Directory,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<void> {
  const names = namesIn((await readMaps(pid, owner, runner)) ?? '')
  if (names.length === 0) return
  using folder = dataDirectory.openDirectory(ownFolder)
  replaceFile(folder, noteName, names.join('\n'), owner)
}

/**
 * Removes the segments that a killed server left: those that are noted, and those that its processes have made since, which the noted ones
 * list (H145). The note and what it names belong to the fork's user: only segments of that user's own are removed, by himself, and
 * none while a process has any of them in use, as the server of which the fork's files were copied would. A server whose processes were
 * started anew after one of them had crashed lists them in another segment, which nothing names.
 */
export async function releaseSegments(
  dataDirectory: Directory,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<void> {
  const ownOf = (names: readonly string[]): string[] =>
    names.map((name) => join(shared, name)).filter((path) => ownerOf(path) === owner.uid)
  const noted = ownOf(readNote(dataDirectory).filter((name) => /^PostgreSQL\.\d+$/.test(name)))
  const listed = ownOf(noted.flatMap((path) => segmentsOf(path, owner)))
  const segments = [...new Set([...noted, ...listed])]
  if (segments.length === 0 || (await isAnyInUse(segments, owner, runner))) return
  await runner.run('rm', ['-f', '--', ...segments], { user: owner })
}

function readNote(dataDirectory: Directory): string[] {
  try {
    using folder = dataDirectory.openDirectory(ownFolder)
    return folder.readText(noteName, mostBytes)?.split('\n') ?? []
  } catch {
    // There is no such folder, or its user put something else in its place.
    return []
  }
}

/** Their names. */
function segmentsOf(path: string, { uid }: UserIdentity): string[] {
  try {
    const control = withDescriptor(openSync(path, flags.read), (file) =>
      fstatSync(file).uid === uid ? readWhole(file, path, mostControlBytes) : Buffer.alloc(0),
    )
    return segmentsListedIn(control)
  } catch {
    // It has gone meanwhile, or isn't a file any more.
    return []
  }
}

const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(namePattern)].map(([, name]) => name as string)),
]

/** Undefined where it can't be read. Root without CAP_SYS_PTRACE asks as the process's user (H70). */
async function readMaps(pid: number, user: UserIdentity, runner: CommandRunner): Promise<string | undefined> {
  const maps = readProc(`${pid}/maps`)
  if (maps !== undefined || !isRoot() || !exists(pid)) return maps
  const asUser = await runner.run('cat', ['--', `/proc/${pid}/maps`], { user }).catch(() => undefined)
  return asUser?.stdout
}

function ownerOf(path: string): number | undefined {
  try {
    const found = lstatSync(path)
    return found.isFile() ? found.uid : undefined
  } catch {
    return undefined
  }
}

/** They are private to their user. Whose memory can't be looked at may have them in use. */
async function isAnyInUse(segments: readonly string[], user: UserIdentity, runner: CommandRunner): Promise<boolean> {
  for (const pid of listPids().filter((candidate) => readUsers(candidate)?.effective === user.uid)) {
    const maps = await readMaps(pid, user, runner)
    if (maps === undefined ? exists(pid) && !isZombie(pid) : segments.some((path) => maps.includes(path))) return true
  }
  return false
}

const isZombie = (pid: number): boolean => readStat(pid)?.isZombie === true
