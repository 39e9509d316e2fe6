import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly parentPid: number
  /** Clock ticks since boot: with the pid, an identity that a reused pid doesn't share. */
  readonly startTicks: number
  /** By SIGSTOP. */
  readonly isStopped: boolean
  readonly command: string
  /** Undefined where we may not ask. */
  readonly workingDirectory: string | undefined
}

/** All processes, without zombies: those end with their parents' next wait and hold nothing. */
export async function listProcesses(): Promise<RunningProcess[]> {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return pids.map((pid) => lookAt(Number(pid))).filter((process) => process !== undefined)
}

/** The process with this pid; undefined when there is none or only a zombie. */
export async function readProcess(pid: number): Promise<RunningProcess | undefined> {
  return lookAt(pid)
}

/** Synchronously: no disk is behind it, and a machine has hundreds. */
function lookAt(pid: number): RunningProcess | undefined {
  const [stat, command] = [attempt(() => read(`/proc/${pid}/stat`)), attempt(() => read(`/proc/${pid}/cmdline`))]
  if (stat === undefined) return undefined
  // The second field may itself hold blanks and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return {
    pid,
    parentPid: Number(fields[1]),
    startTicks: Number(fields[19]),
    isStopped: fields[0] === 'T',
    command: command?.replaceAll('\0', ' ').trim() || stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1),
    workingDirectory: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
  }
}

export async function isRunning(process: RunningProcess): Promise<boolean> {
  return (await readProcess(process.pid))?.startTicks === process.startTicks
}

const read = (path: string): string => readFileSync(path, 'utf8')

function attempt(look: () => string): string | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
