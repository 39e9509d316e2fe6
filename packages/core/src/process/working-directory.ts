import { statSync } from 'node:fs'
import process from 'node:process'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { CommandError } from '../errors/command-error.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { exists } from './proc.ts'

/** A directory by its inode, since a container has a path of its own to it. */
export interface DirectoryId {
  readonly device: bigint
  readonly inode: bigint
}

export function identifyDirectory(path: string): DirectoryId {
  const { dev, ino } = statSync(path, { bigint: true })
  return { device: dev, inode: ino }
}

export const isSameDirectory = (one: DirectoryId, other: DirectoryId): boolean =>
  one.device === other.device && one.inode === other.inode

/**
 * The directory that a process of this user works in. The kernel tells it to that user and to whoever has CAP_SYS_PTRACE, which
 * root lacks in most containers: there root asks as that user. `unreadable` says nothing about the process (H70).
 */
export async function workingDirectory(
  pid: number,
  user: UserIdentity,
  runner: CommandRunner,
): Promise<DirectoryId | 'ended' | 'unreadable'> {
  const path = `/proc/${pid}/cwd`
  try {
    return identifyDirectory(path)
  } catch (error) {
    // Also of one that is ending and has let go of its directory already (proc_cwd_link in fs/proc/base.c).
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ESRCH') || !exists(pid)) return 'ended'
    if (!isSystemError(error, 'EACCES') || process.geteuid?.() !== 0 || user.uid === 0) return 'unreadable'
  }
  try {
    const { stdout } = await runner.run('stat', ['-L', '-c', '%d %i', path], { user })
    const [device, inode] = stdout.trim().split(' ').map(BigInt)
    return device === undefined || inode === undefined ? 'unreadable' : { device, inode }
  } catch (error) {
    const isGone = error instanceof CommandError && /No such (file|process)/.test(error.stderr)
    return isGone || !exists(pid) ? 'ended' : 'unreadable'
  }
}
