import process from 'node:process'
import type { CommandRunner } from '../command/command-runner.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { readStat, ticksPerSecond } from './proc.ts'
import { currentScope, type ProcessScope, readBootTime } from './process-scope.ts'

/** A process that cannot be mistaken for another one: neither for a later one of the same pid (H58) nor for one elsewhere (H71). Plain data. */
export interface ProcessIdentity extends ProcessScope {
  readonly pid: number
  /** Opaque: clock ticks after the kernel began on Linux, `ps`'s start time elsewhere. */
  readonly start: string
  /** ISO 8601, by the machine's clock when the process was identified: to tell boots apart, and for people. */
  readonly startedAt: string
}

/** The identity of the process that has this pid here and now; undefined when there is none. A zombie is none. */
export async function identifyProcess(pid: number, runner: CommandRunner): Promise<ProcessIdentity | undefined> {
  return process.platform === 'linux' ? identifyOnLinux(pid) : identifyByCommand(pid, runner)
}

/** Of a process's identity only what tells it from others of its pid; undefined when there is none. */
export async function startOfProcess(pid: number, runner: CommandRunner): Promise<string | undefined> {
  if (process.platform !== 'linux') return (await identifyByCommand(pid, runner))?.start
  const stat = readStat(pid)
  return stat === undefined || stat.isZombie ? undefined : String(stat.startTicks)
}

/** This process itself. @throws PgforkError `STATE_UNUSABLE` */
export async function identifySelf(runner: CommandRunner): Promise<ProcessIdentity> {
  self ??= await identifyProcess(process.pid, runner)
  if (self !== undefined) return self
  throw new PgforkError('STATE_UNUSABLE', 'This process cannot identify itself: is /proc mounted?')
}

/** Whether two identities are of one process. */
export const isSameProcess = (one: ProcessIdentity, other: ProcessIdentity): boolean =>
  one.machine === other.machine &&
  one.boot === other.boot &&
  one.pidNamespace === other.pidNamespace &&
  one.pid === other.pid &&
  one.start === other.start

/** Above the highest pid that Linux gives. */
const lostPid = 2 ** 22 + 1

/** A process of this machine that has ended, to stand for one of which nothing is known any more. */
export const lostProcess = (): ProcessIdentity => ({
  ...currentScope(),
  pid: lostPid,
  start: '0',
  startedAt: new Date(0).toISOString(),
})

/** Whether an identity only stands for a process of which nothing is known. */
export const isLost = ({ pid, start }: ProcessIdentity): boolean => pid === lostPid && start === '0'

let self: ProcessIdentity | undefined

function identifyOnLinux(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  if (stat === undefined || stat.isZombie) return undefined
  const startedAt = (readBootTime() ?? 0) + (stat.startTicks * 1_000) / ticksPerSecond
  return { ...currentScope(), pid, start: String(stat.startTicks), startedAt: new Date(startedAt).toISOString() }
}

async function identifyByCommand(pid: number, runner: CommandRunner): Promise<ProcessIdentity | undefined> {
  const result = await runner.run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  const start = result?.stdout.trim()
  if (!start) return undefined
  return { ...currentScope(), pid, start, startedAt: new Date(start).toISOString() }
}
