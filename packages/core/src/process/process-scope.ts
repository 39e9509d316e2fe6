import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { PgforkError } from '../errors/pgfork-error.ts'
import { readPidNamespace, readProc, readProcLink } from './proc.ts'

/** Where a pid means something: nothing is concluded from pids of another machine, boot or PID namespace (H71). Plain data. */
export interface ProcessScope {
  /**
   * From `/etc/machine-id`, hashed as machine-id(5) demands. Without one, as in most containers, the boot's id stands for it, so
   * that every boot counts as another machine. Elsewhere than on Linux, from the host's name.
   */
  readonly machine: string
  /** For people: what the machine, or the container, calls itself. */
  readonly hostName: string
  /** `/proc/sys/kernel/random/boot_id` without its dashes; empty elsewhere than on Linux. */
  readonly boot: string
  /** Inode number of the PID namespace; empty elsewhere than on Linux. */
  readonly pidNamespace: string
}

/** `PROC_PID_INIT_INO` of include/linux/proc_ns.h: the namespace in which every process of the machine has a pid. */
const firstPidNamespace = '4026531836'

let known: ProcessScope | undefined

/**
 * The scope of this process's pids, which stays the same as long as it lives.
 *
 * @throws PgforkError `STATE_UNUSABLE` where `/proc` is missing or shows the pids of another namespace
 */
export function currentScope(): ProcessScope {
  known ??= process.platform === 'linux' ? readLinuxScope() : readPortableScope()
  return known
}

/** Whether pids of that scope mean the same processes here. */
export function isCurrentScope({ machine, boot, pidNamespace }: ProcessScope): boolean {
  const here = currentScope()
  return machine === here.machine && boot === here.boot && pidNamespace === here.pidNamespace
}

/** Whether every process of the machine has a pid here. */
export const isFirstPidNamespace = (): boolean => currentScope().pidNamespace === firstPidNamespace

/** When the kernel began, in milliseconds since the epoch by the clock of now; undefined elsewhere than on Linux. */
export function readBootTime(): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(readProc('stat') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}

function readLinuxScope(): ProcessScope {
  const boot = readProc('sys/kernel/random/boot_id')?.trim().replaceAll('-', '')
  const pidNamespace = readPidNamespace('self')
  if (boot === undefined || pidNamespace === undefined || readProcLink('self') !== String(process.pid))
    throw new PgforkError(
      'STATE_UNUSABLE',
      'This process cannot identify itself: /proc is not mounted, or is that of another PID namespace (see `unshare --mount-proc`).',
    )
  return { machine: digest(readMachineId() ?? boot), hostName: readHostName(), boot, pidNamespace }
}

function readPortableScope(): ProcessScope {
  const hostName = readHostName()
  return { machine: digest(hostName), hostName, boot: '', pidNamespace: '' }
}

/** In characters that may stand in the name of a file. */
const readHostName = (): string =>
  hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, '_')
    .slice(0, 48)

/** The second path is that of times before systemd. Images from which machines are made hold an empty file. */
function readMachineId(): string | undefined {
  const ids = ['/etc/machine-id', '/var/lib/dbus/machine-id'].map(readId)
  return ids.find((id) => id !== undefined && /^(?!0+$)[0-9a-f]{32}$/.test(id))
}

function readId(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

const digest = (id: string): string => createHmac('sha256', id).update('pgfork').digest('hex').slice(0, 16)
