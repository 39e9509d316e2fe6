import { readFileSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import process from 'node:process'
import type { CommandRunner } from '../command/command-runner.ts'
import { PgforkError } from '../errors/pgfork-error.ts'

/** A process that cannot be mistaken for a later one of the same pid (H58). Plain data. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque: boot id, start time and pid namespace on Linux, `ps`'s start time elsewhere. */
  readonly startedAt: string
}

/** The identity of the process that has this pid now; undefined when there is none. */
export async function identifyProcess(pid: number, runner: CommandRunner): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await readLinuxStart(pid) : await readPortableStart(pid, runner)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Whether exactly this process still runs. A zombie does not. */
export async function isAlive(identity: ProcessIdentity, runner: CommandRunner): Promise<boolean> {
  return (await identifyProcess(identity.pid, runner))?.startedAt === identity.startedAt
}

/**
 * Whether exactly this process has ended for certain: pids of another pid namespace (a container that shares our state
 * directory) say nothing about it here.
 */
export async function hasEnded(identity: ProcessIdentity, runner: CommandRunner): Promise<boolean> {
  if (await isAlive(identity, runner)) return false
  if (process.platform !== 'linux') return true
  const [boot, , space] = identity.startedAt.split(':')
  return boot !== (await readBootId()) || space === undefined || space === (await readPidNamespace())
}

/** This process itself. @throws PgforkError `STATE_UNUSABLE` */
export async function identifySelf(runner: CommandRunner): Promise<ProcessIdentity> {
  const identity = await identifyProcess(process.pid, runner)
  if (identity !== undefined) return identity
  throw new PgforkError('STATE_UNUSABLE', 'This process cannot identify itself: is /proc mounted?')
}

/** The directory that a process works in; undefined when there is no such process or it is not ours to ask. */
export async function workingDirectory(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined)
}

let bootId: Promise<string> | undefined
let pidNamespace: Promise<string> | undefined

const readBootId = (): Promise<string> => {
  bootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim())
  return bootId
}

/** Its inode number; the namespaces of one boot have different ones. */
const readPidNamespace = (): Promise<string> => {
  pidNamespace ??= readlink('/proc/self/ns/pid').then((link) => /\d+/.exec(link)?.[0] ?? '')
  return pidNamespace
}

async function readLinuxStart(pid: number): Promise<string | undefined> {
  const stat = readStat(pid)
  if (stat === undefined) return undefined
  // The second field, the command, may itself hold blanks and parentheses: count from the last one (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === 'Z' || state === 'X' ? undefined : `${await readBootId()}:${startTicks}:${await readPidNamespace()}`
}

async function readPortableStart(pid: number, runner: CommandRunner): Promise<string | undefined> {
  const result = await runner.run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return result?.stdout.trim() || undefined
}

/** Synchronously: no disk is behind it. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}
