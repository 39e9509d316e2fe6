import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import process from 'node:process'

/** PF_EXITING of the kernel's include/linux/sched.h. */
const exiting = 4

/** Of signal 9 in a mask of signals. */
const killed = 0x100n

/** What `/proc/PID/stat` says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  /** The name of its program, its first 15 bytes. */
  readonly command: string
  readonly isZombie: boolean
  /** It lets go of what it holds, and becomes a zombie next. */
  readonly isExiting: boolean
  readonly parent: number
  /** Clock ticks after the kernel began. */
  readonly startTicks: number
}

/** USER_HZ, which is 100 on every architecture that Node runs on, whatever the kernel's own rate. */
export const ticksPerSecond = 100

/** Undefined when there is no such process, or when it isn't ours to know (`hidepid`). */
export function readStat(pid: number): ProcessStat | undefined {
  const stat = readProc(`${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field, the command, may itself hold blanks and parentheses: count from the last one.
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  return {
    command: stat.slice(stat.indexOf('(') + 1, end),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    isExiting: (Number(fields[6]) & exiting) !== 0,
    parent: Number(fields[1]),
    startTicks: Number(fields[19]),
  }
}

/** A file below `/proc`; undefined when it is missing or unreadable. Synchronously: no disk is behind it. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return undefined
  }
}

/** What a link below `/proc` says; undefined when it is missing or unreadable. */
export function readProcLink(path: string): string | undefined {
  try {
    return readlinkSync(`/proc/${path}`)
  } catch {
    return undefined
  }
}

/** Whether a process is about to be a zombie: SIGKILL is on its way to it, or it is ending already. */
export function isDoomed(pid: number): boolean {
  if (readStat(pid)?.isExiting === true) return true
  // That of the whole process stays when a thread has taken its own (get_signal in kernel/signal.c).
  const pending = [...(readProc(`${pid}/status`) ?? '').matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)]
  return pending.some(([, mask]) => (BigInt(`0x${mask}`) & killed) !== 0n)
}

/** Whether a process has this pid here, be it a zombie or unreadable: signal 0 reaches nobody (kill(2)). */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The pid of a process in its own PID namespace; undefined where it isn't ours to know. */
export function readInnermostPid(pid: number): number | undefined {
  const inner = /^NSpid:.*?(\d+)$/m.exec(readProc(`${pid}/status`) ?? '')?.[1]
  return inner === undefined ? undefined : Number(inner)
}

/** Inode number of a process's PID namespace; undefined where it isn't ours to know. */
export const readPidNamespace = (pid: number | 'self'): string | undefined =>
  /\d+/.exec(readProcLink(`${pid}/ns/pid`) ?? '')?.[0]

/** The pids that `/proc` shows. */
export const listPids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** The users of a process: which it began as, has the rights of, and may go back to. Undefined where they aren't ours to know. */
export function readUsers(
  pid: number,
): { readonly real: number; readonly effective: number; readonly saved: number } | undefined {
  const found = /^Uid:\t(\d+)\t(\d+)\t(\d+)/m.exec(readProc(`${pid}/status`) ?? '')
  if (found === null) return undefined
  return { real: Number(found[1]), effective: Number(found[2]), saved: Number(found[3]) }
}
