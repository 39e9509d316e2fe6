import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { listAllProcesses } from '../../process/all-processes.ts'
import { exists, listPids, readStat, readUser } from '../../process/proc.ts'
import { identifyProcess, type ProcessIdentity } from '../../process/process-identity.ts'
import { type DirectoryId, isSameDirectory, workingDirectory } from '../../process/working-directory.ts'
import type { PostmasterPid } from '../files/postmaster-pid.ts'

/** By what a process is known to be a server's. */
export interface Cluster {
  readonly directory: DirectoryId
  /** The owner of its data directory, and so of its processes: PostgreSQL refuses any other. */
  readonly owner: UserIdentity
  readonly postmaster: PostmasterPid
}

/**
 * The lock file notes the second in which the postmaster began to run its program, the kernel the hundredth in which the process
 * came into being, after a boot whose second it tells.
 */
const toleranceMs = { before: 3_000, after: 30_000 }

/** Whether a process began when the lock file says that its server did. Clocks are put right: it proves nothing alone. */
export function wasStartedThen({ startedAt }: ProcessIdentity, { startedAtSeconds }: PostmasterPid): boolean {
  const laterMs = startedAtSeconds * 1_000 - Date.parse(startedAt)
  return laterMs > -toleranceMs.before && laterMs < toleranceMs.after
}

/** Whether a process works for the server of a cluster; undefined when that can't be told from here. */
export async function isServerOf(cluster: Cluster, pid: number, runner: CommandRunner): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return isServerByStart(cluster, pid, runner)
  const stat = readStat(pid)
  if (stat === undefined) return exists(pid) ? undefined : false
  const user = readUser(pid)
  if (stat.isZombie || (user !== undefined && user !== cluster.owner.uid)) return false
  const directory = await workingDirectory(pid, cluster.owner, runner)
  if (directory === 'unreadable') return undefined
  if (directory === 'ended' || !isSameDirectory(directory, cluster.directory)) return false
  // Others may work in the directory, such as somebody's shell.
  return /postgres|postmaster/.test(stat.command) || isServerByStart(cluster, pid, runner)
}

/** Where there are no containers and no /proc. */
async function isServerByStart({ postmaster }: Cluster, pid: number, runner: CommandRunner): Promise<boolean> {
  const identity = await identifyProcess(pid, runner)
  return identity !== undefined && wasStartedThen(identity, postmaster)
}

/** All processes of a server that can be seen from here, and whether it can't have any other. */
export async function findServerProcesses(
  cluster: Cluster,
  runner: CommandRunner,
): Promise<{ readonly pids: readonly number[]; readonly areAll: boolean }> {
  if (process.platform !== 'linux') return { pids: [], areAll: true }
  const all = listAllProcesses()
  const pids: number[] = []
  let areAll = all !== undefined
  for (const pid of all ?? listPids()) {
    const found = await isServerOf(cluster, pid, runner)
    if (found === true) pids.push(pid)
    if (found === undefined) areAll = false
  }
  return { pids, areAll }
}
