import { fstatSync, lstatSync, openSync, readdirSync } from 'node:fs'
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
/** Of segments that a server has made by the time that it is ready: two, three. */
const mostNoted = 8
/** In one command, whose words have a limit. What is more goes the next time. */
const mostRemoved = 10_000
const namePattern = /^PostgreSQL\.\d+$/
const mappedPattern = /\/dev\/shm\/(PostgreSQL\.\d+)/g

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
  const notes = readNote(dataDirectory)
  if (notes.length === 0) return
  // What is there is looked at, however much the fork's user has put on the lists.
  const there = readdirSync(shared).filter((name) => namePattern.test(name))
  const isOwn = (name: string): boolean => ownerOf(join(shared, name)) === owner.uid
  const noted = there.filter((name) => notes.includes(name) && isOwn(name)).slice(0, mostNoted)
  const lists = noted.map((name) => segmentsOf(join(shared, name), owner))
  const listed = there.filter((name) => !noted.includes(name) && lists.some((list) => list.has(name)) && isOwn(name))
  // The lists go last: without them nobody would find the others any more.
  const segments = [...listed, ...noted].slice(0, mostRemoved)
  if (segments.length === 0 || (await isAnyInUse(new Set(segments), owner, runner))) return
  await runner.run('rm', ['-f', '--', ...segments.map((name) => join(shared, name))], { user: owner })
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
function segmentsOf(path: string, { uid }: UserIdentity): ReadonlySet<string> {
  try {
    const control = withDescriptor(openSync(path, flags.read), (file) =>
      fstatSync(file).uid === uid ? readWhole(file, path, mostControlBytes) : Buffer.alloc(0),
    )
    return segmentsListedIn(control)
  } catch {
    // It has gone meanwhile, or isn't a file any more.
    return new Set()
  }
}

const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(mappedPattern)].map(([, name]) => name as string)),
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

/** They are private to their user. A server whose memory can't be looked at may have them in use. */
async function isAnyInUse(segments: ReadonlySet<string>, user: UserIdentity, runner: CommandRunner): Promise<boolean> {
  for (const pid of listPids().filter((candidate) => readUsers(candidate)?.effective === user.uid)) {
    const maps = await readMaps(pid, user, runner)
    if (maps === undefined ? isServer(pid) : namesIn(maps).some((name) => segments.has(name))) return true
  }
  return false
}

/** Others whose memory is hidden from their own user, such as ssh-agent, have no part in it. */
const isServer = (pid: number): boolean => {
  const process = readStat(pid)
  return process !== undefined && !process.isZombie && process.command.startsWith('postgres')
}
