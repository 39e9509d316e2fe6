import { closeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { CommandRunner, StartedProcess, UserIdentity } from '../../command/command-runner.ts'
import { fromSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { ServerStartError } from '../../errors/server-start-error.ts'
import { Directory } from '../../files/directory.ts'
import { openToAppend } from '../../files/open-to-append.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { identifyProcess, type ProcessIdentity } from '../../process/process-identity.ts'
import { waitUntil } from '../../process/wait-until.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'
import { ownFolder } from '../files/remove-identity.ts'
import { promotionOf } from './ask-promotion.ts'
import { endProcess } from './end-process.ts'
import { clusterOf, findServer } from './find-server.ts'
import { hiddenServer } from './hidden-server.ts'
import { noteSegments, releaseSegments } from './posix-shared-memory.ts'
import { readLogTail } from './read-log-tail.ts'
import { releaseSharedMemory } from './release-shared-memory.ts'
import type { OwnedServer, ServerLauncher, StartServerRequest, StopServerRequest } from './server-launcher.ts'
import { type Cluster, findServerProcesses } from './server-processes.ts'
import { watchFile } from './watch-file.ts'

/** Servers as processes of this machine: `postgres` itself, without pg_ctl and its pauses of 100 ms. */
export function localLauncher(runner: CommandRunner): ServerLauncher {
  return {
    start: (request) => startServer(request, runner),
    stop: (request) => stopServer(request, runner),
    find: (server) => findServer(server.dataDirectory, runner, server),
  }
}

async function startServer(request: StartServerRequest, runner: CommandRunner): Promise<ProcessIdentity> {
  const { server, owner, logFile, timeoutMs, signal } = request
  const { dataDirectory } = server
  using directory = openDirectory(dataDirectory)
  await refuseSecondServer(server, runner)
  const killed = await clearAfterCrash(directory, owner, timeoutMs, runner)
  await releaseSegments(directory, owner, runner)
  // PostgreSQL takes any process of its user that has the pid in it for the server.
  if (killed !== undefined && isDeepStrictEqual(killed, readPostmasterPid(directory)))
    removeTree(directory, 'postmaster.pid')
  const started = await startIn(directory, request, runner)
  try {
    await waitUntilReady(started, directory, request)
    const identity = await identifyProcess(started.pid, runner)
    if (identity === undefined) throw new Error('postgres ended right after it was ready')
    await noteSegments(identity.pid, directory, owner, runner)
    return identity
  } catch (error) {
    const left = await endStarted(started, runner)
    if (signal?.aborted && left === undefined) throw error
    const what = isPgforkError(error, 'TIMED_OUT')
      ? `was not ready within ${timeoutMs} ms (timeouts.startMs)`
      : `did not start: ${messageOf(error)}`
    throw new ServerStartError(
      `The server of ${dataDirectory} ${what}. ${left === undefined ? '' : `${messageOf(left)} `}Its log ends with:`,
      await readLogTail(logFile),
      left === undefined ? error : new AggregateError([error, left]),
    )
  }
}

function openDirectory(path: string): Directory {
  try {
    return Directory.open(path)
  } catch (error) {
    throw fromSystemError(error, 'SERVER_START_FAILED', `The data directory ${path} cannot be opened`)
  }
}

/** PostgreSQL's own lock file doesn't keep two servers apart that are in different containers: each takes the other for ended. */
async function refuseSecondServer(server: OwnedServer, runner: CommandRunner): Promise<void> {
  const { dataDirectory } = server
  const found = await findServer(dataDirectory, runner, server)
  if (found.status === 'hidden') throw hiddenServer(dataDirectory, found.reason, 'So none is started.')
  if (found.status === 'running')
    throw new PgforkError('BUSY', `A server is already running on ${dataDirectory} (pid ${found.identity.pid}).`, {
      facts: { dataDirectory, pid: found.identity.pid },
    })
}

/** The owner may have put links in the way of the log and of the directory to work in: descriptors lead to them. */
async function startIn(
  directory: Directory,
  { server, binDirectory, owner, logFile, diesWithCaller }: StartServerRequest,
  runner: CommandRunner,
): Promise<StartedProcess> {
  const log = openLog(directory, logFile, owner)
  try {
    return await runner.start(join(binDirectory, 'postgres'), ['-D', server.dataDirectory], {
      outputFile: log,
      workingDirectory: directory.held,
      user: owner,
      diesWithCaller,
    })
  } finally {
    closeSync(log)
  }
}

function openLog(dataDirectory: Directory, logFile: string, owner: UserIdentity): number {
  try {
    using folder = dataDirectory.openDirectory(ownFolder)
    return openToAppend(folder, basename(logFile), owner)
  } catch (error) {
    throw fromSystemError(error, 'SERVER_START_FAILED', `The log ${logFile} cannot be opened`)
  }
}

/** The server writes its state into the lock file as soon as it changes (miscinit.c); with hot_standby off, ready is writable. */
async function waitUntilReady(
  started: StartedProcess,
  directory: Directory,
  { owner, promotes, timeoutMs, signal }: StartServerRequest,
): Promise<void> {
  using changes = watchFile(directory.held, 'postmaster.pid')
  const promote = promotes ? promotionOf(directory, owner) : undefined
  let ended: { exitCode?: number; signal?: string } | undefined
  void started.exited.then((result) => {
    ended = result
    changes.wake()
  })
  await waitUntil(
    async () => {
      if (ended !== undefined) throw new Error(`postgres ended with ${ended.signal ?? `exit status ${ended.exitCode}`}`)
      const postmaster = readPostmasterPid(directory)
      if (postmaster?.pid !== started.pid || postmaster.status === undefined) return false
      if (postmaster.status === 'ready') return true
      promote?.(started.pid)
      return false
    },
    { what: 'The start', timeoutMs, signal, longestPauseMs: changes.isTold ? 100 : 10, pause: changes.pause },
  )
}

/** What the one says that couldn't be ended; it must not hide why it was to end. */
async function endStarted(started: StartedProcess, runner: CommandRunner): Promise<unknown> {
  const identity = await identifyProcess(started.pid, runner)
  if (identity === undefined) return undefined
  return endProcess(identity, 'SIGQUIT', 10_000, runner).catch((left: unknown) => left)
}

async function stopServer(
  { server, owner, mode, timeoutMs, isGoneElsewhere }: StopServerRequest,
  runner: CommandRunner,
): Promise<void> {
  const { dataDirectory } = server
  const found = await findServer(dataDirectory, runner, server)
  if (found.status === 'hidden' && isGoneElsewhere !== true)
    throw hiddenServer(dataDirectory, found.reason, 'So it is neither stopped nor removed.')
  if (found.status === 'running')
    await endProcess(found.identity, mode === 'fast' ? 'SIGINT' : 'SIGQUIT', timeoutMs, runner)
  using directory = Directory.find(dataDirectory)
  if (directory !== undefined) await clearAfterCrash(directory, owner, timeoutMs, runner)
}

/**
 * A server that stops cleanly removes its lock file. After another end its other processes may still be at work: they notice
 * that end when they come to it, which a long statement puts off.
 *
 * @returns the lock file of the one that was killed
 */
async function clearAfterCrash(
  directory: Directory,
  owner: UserIdentity,
  timeoutMs: number,
  runner: CommandRunner,
): Promise<PostmasterPid | undefined> {
  const killed = readPostmasterPid(directory)
  if (killed === undefined) return undefined
  await endOrphans(clusterOf(directory, killed), timeoutMs, runner)
  await releaseSharedMemory(killed, owner, runner)
  await releaseSegments(directory, owner, runner)
  return killed
}

async function endOrphans(cluster: Cluster, timeoutMs: number, runner: CommandRunner): Promise<void> {
  const { processes } = await findServerProcesses(cluster, runner)
  for (const identity of processes) await endProcess(identity, 'SIGQUIT', timeoutMs, runner)
}
