import { join } from 'node:path'
import type { CommandRunner } from '../../command/command-runner.ts'
import { Directory } from '../../files/directory.ts'
import { isOnLocalFileSystem } from '../../files/is-local.ts'
import { askSocket } from '../../process/ask-socket.ts'
import { ownerOf } from '../../process/owner-of.ts'
import { isDoomed, readInnermostPid } from '../../process/proc.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import { isCurrentScope } from '../../process/process-scope.ts'
import { type ProcessState, processState } from '../../process/process-state.ts'
import { waitAtMost } from '../../process/wait-until.ts'
import { identifyDirectory } from '../../process/working-directory.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'
import { type Cluster, findServerProcesses, identifyServer, wasStartedThen } from './server-processes.ts'

/** What is known of the server of a data directory. */
export type FoundServer<Identity = ProcessIdentity> =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly postmaster: PostmasterPid; readonly identity: Identity }
  /** There is a lock file, and neither that its server runs nor that it has ended can be proven from here (H70, H71). */
  | { readonly status: 'hidden'; readonly reason: string }

/** What is known besides of a server that we start ourselves: a fork's. */
export interface OwnServer {
  /** Private to it. */
  readonly socketDirectory: string
  /** The process that was started last. */
  readonly process?: ProcessIdentity | undefined
}

const none: FoundServer = { status: 'none' }

/**
 * The server of a data directory. A pid alone proves nothing: it may have been given to another process since (H58), or be of a
 * container's own counting (H71).
 *
 * It runs when a process is known to be it: by its identity, or because it works in this very directory. There is none when there is
 * no lock file, when every process of the machine was looked at, or when nobody listens any more at the socket that is the fork's own.
 */
export async function findServer(dataDirectory: string, runner: CommandRunner, own?: OwnServer): Promise<FoundServer> {
  using directory = Directory.find(dataDirectory)
  const postmaster = directory && (await readLockFile(directory))
  if (directory === undefined || postmaster === undefined) return none
  if (postmaster === 'unclear') return { status: 'hidden', reason: 'its lock file is empty or damaged' }
  return (
    (await byIdentity(postmaster, runner, own?.process)) ??
    (await bySight(clusterOf(directory, postmaster), directory, runner)) ??
    (own && (await bySocket(postmaster, own))) ?? {
      status: 'hidden',
      reason: `its lock file names process ${postmaster.pid}, which can't be found or looked at from here: it may run in a container or on another machine`,
    }
  )
}

/** Also where there is no such directory (any more). */
export function findPostmasterPid(dataDirectory: string): PostmasterPid | undefined {
  using directory = Directory.find(dataDirectory)
  return directory && readPostmasterPid(directory)
}

export const clusterOf = (directory: Directory, postmaster: PostmasterPid): Cluster => ({
  directory: identifyDirectory(directory.held),
  owner: ownerOf(directory.stats),
  postmaster,
})

/** A server writes the whole file right after it has made it. */
async function readLockFile(directory: Directory): Promise<PostmasterPid | 'unclear' | undefined> {
  const look = async (): Promise<PostmasterPid | 'none' | undefined> =>
    readPostmasterPid(directory) ?? (directory.look('postmaster.pid') === undefined ? 'none' : undefined)
  const found = await waitAtMost(look, { what: 'A lock file', timeoutMs: 200 })
  return found === 'none' ? undefined : (found ?? 'unclear')
}

async function byIdentity(
  postmaster: PostmasterPid,
  runner: CommandRunner,
  identity: ProcessIdentity | undefined,
): Promise<FoundServer | undefined> {
  if (identity?.pid !== postmaster.pid || !wasStartedThen(identity, postmaster)) return undefined
  const state = await settledState(identity, runner)
  // One of a container has another pid here, by which it is found among all.
  if (state === 'running' && isCurrentScope(identity)) return { status: 'running', postmaster, identity }
  return state === 'ended' ? none : undefined
}

/** One that was killed is waited for, so that nobody takes it for a server that runs: it is gone a moment later. */
async function settledState(identity: ProcessIdentity, runner: CommandRunner): Promise<ProcessState> {
  const state = await processState(identity, runner)
  if (state !== 'running' || !isCurrentScope(identity) || !isDoomed(identity.pid)) return state
  const ended = async () => (await processState(identity, runner)) !== 'running'
  await waitAtMost(ended, { what: 'The end of a killed server', timeoutMs: 2_000 })
  return processState(identity, runner)
}

/** The process that the lock file names, then all others: a container's server has another pid outside. */
async function bySight(
  cluster: Cluster,
  directory: Directory,
  runner: CommandRunner,
): Promise<FoundServer | undefined> {
  const { postmaster } = cluster
  const named = await identifyServer(cluster, postmaster.pid, runner)
  if (named !== undefined) return { status: 'running', postmaster, identity: named }
  const { processes, areAll } = await findServerProcesses(cluster, runner)
  const identity = processes.find(({ pid }) => readInnermostPid(pid) === postmaster.pid)
  if (identity !== undefined) return { status: 'running', postmaster, identity }
  return areAll && isOnLocalFileSystem(directory.held) ? none : undefined
}

/** A server listens before it notes its socket's directory, until it ends (postmaster.c). */
async function bySocket({ socketDirectory, port }: PostmasterPid, own: OwnServer): Promise<FoundServer | undefined> {
  if (socketDirectory === '') return undefined
  // It is that of the server whose files were copied.
  if (socketDirectory !== own.socketDirectory) return none
  const path = join(socketDirectory, `.s.PGSQL.${port}`)
  const state = isOnLocalFileSystem(path) ? await askSocket(path) : 'unknown'
  if (state === 'running')
    return { status: 'hidden', reason: `somebody listens at ${path}, and no process that can be seen from here is it` }
  return state === 'ended' ? none : undefined
}
