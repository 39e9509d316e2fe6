import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { listAllProcesses } from '../../process/all-processes.ts'
import { exists, listPids, readStat, readUsers } from '../../process/proc.ts'
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
async function isServerOf(cluster: Cluster, pid: number, runner: CommandRunner): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return isServerByStart(cluster, pid, runner)
  const stat = readStat(pid)
  if (stat === undefined) return exists(pid) ? undefined : false
  if (stat.isZombie) return false
  // Root's shell may work in the directory, too: the owner, who could have named it in the lock file, may not signal it (H70).
  const users = readUsers(pid)
  if (users === undefined) return exists(pid) ? undefined : false
  if (Object.values(users).some((uid) => uid !== cluster.owner.uid)) return false
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

/**
 * A process that works for the server of a cluster. It is identified before it is looked at: whoever has its pid when it has ended
 * is another one, and can't be taken for it (H58).
 */
export async function identifyServer(
  cluster: Cluster,
  pid: number,
  runner: CommandRunner,
): Promise<ProcessIdentity | undefined> {
  const identity = await identifyProcess(pid, runner)
  return identity !== undefined && (await isServerOf(cluster, pid, runner)) === true ? identity : undefined
}

/** All processes of a server that can be seen from here, and whether it can't have any other. */
export async function findServerProcesses(
  cluster: Cluster,
  runner: CommandRunner,
): Promise<{ readonly processes: readonly ProcessIdentity[]; readonly areAll: boolean }> {
  if (process.platform !== 'linux') return { processes: [], areAll: true }
  const all = listAllProcesses()
  const processes: ProcessIdentity[] = []
  let areAll = all !== undefined
  for (const pid of all ?? listPids()) {
    const found = await isServerOf(cluster, pid, runner)
    if (found === undefined) areAll = false
    const identity = found === true ? await identifyServer(cluster, pid, runner) : undefined
    if (identity !== undefined) processes.push(identity)
  }
  return { processes, areAll }
}
