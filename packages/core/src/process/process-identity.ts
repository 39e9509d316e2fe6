import { readFile, readlink } from 'node:fs/promises'
import process from 'node:process'
import type { CommandRunner } from '../command/command-runner.ts'

/** A process that cannot be mistaken for a later one of the same pid (H58). Plain data. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque: boot id and start time on Linux, `ps`'s start time elsewhere. */
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

/** The directory that a process works in; undefined when there is no such process or it is not ours to ask. */
export async function workingDirectory(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined)
}

let bootId: Promise<string> | undefined

async function readLinuxStart(pid: number): Promise<string | undefined> {
  bootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim())
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The second field, the command, may itself hold blanks and parentheses: count from the last one (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  return state === 'Z' || state === 'X' ? undefined : `${await bootId}:${startTicks}`
}

async function readPortableStart(pid: number, runner: CommandRunner): Promise<string | undefined> {
  const result = await runner.run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return result?.stdout.trim() || undefined
}
