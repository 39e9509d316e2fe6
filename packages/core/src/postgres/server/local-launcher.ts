import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { CommandRunner, StartedProcess, UserIdentity } from '../../command/command-runner.ts'
import { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { homeOf } from '../../process/owner-of.ts'
import { identifyProcess } from '../../process/process-identity.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'
import { endOrphans } from './end-orphans.ts'
import { endProcess } from './end-process.ts'
import { failedStart } from './failed-start.ts'
import { findServer } from './find-server.ts'
import { hiddenServer } from './hidden-server.ts'
import { noteSegments, releaseSegments } from './posix-shared-memory.ts'
import { openDataDirectory, openLog, refuseSecondServer } from './prepare-start.ts'
import { releaseSharedMemory } from './release-shared-memory.ts'
import { runProgram } from './run-program.ts'
import { processServer, type ServerIdentity } from './server-identity.ts'
import type { ServerLauncher, StartServerRequest, StopServerRequest } from './server-launcher.ts'
import { type StartingServer, waitUntilReady } from './wait-until-ready.ts'

/** Servers as processes of this machine: `postgres` itself, without pg_ctl and its pauses of 100 ms. */
export function localLauncher(runner: CommandRunner): ServerLauncher {
  return {
    start: (request) => startServer(request, runner),
    stop: (request) => stopServer(request, runner),
    find: async (server) => {
      const found = await findServer(server.dataDirectory, runner, server)
      return found.status === 'running' ? { ...found, identity: processServer(found.identity) } : found
    },
    run: (request) => runProgram(request, runner),
  }
}

async function startServer(request: StartServerRequest, runner: CommandRunner): Promise<ServerIdentity> {
  const { server, owner, timeoutMs } = request
  const { dataDirectory } = server
  using directory = openDataDirectory(dataDirectory)
  const found = await findServer(dataDirectory, runner, server)
  refuseSecondServer(
    dataDirectory,
    found.status === 'running' ? { ...found, identity: processServer(found.identity) } : found,
  )
  const killed = await clearAfterCrash(directory, owner, timeoutMs, runner)
  await releaseSegments(directory, owner, runner)
  // PostgreSQL takes any process of its user that has the pid in it for the server.
  if (killed !== undefined && isDeepStrictEqual(killed, readPostmasterPid(directory)))
    removeTree(directory, 'postmaster.pid')
  const started = await startIn(directory, request, runner)
  try {
    await waitUntilReady(startingServer(started), directory, request)
    const identity = await identifyProcess(started.pid, runner)
    if (identity === undefined) throw new Error('postgres ended right after it was ready')
    await noteSegments(identity.pid, directory, owner, runner)
    return processServer(identity)
  } catch (error) {
    throw await failedStart(request, error, await endStarted(started, runner))
  }
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
      // libpq looks there for certificates, and fails where it may not look: in root's.
      environment: { HOME: homeOf(owner.uid) ?? '/' },
    })
  } finally {
    closeSync(log)
  }
}

function startingServer({ pid, exited }: StartedProcess): StartingServer {
  let end: Awaited<StartedProcess['exited']> | undefined
  return {
    pidOf: (postmaster) => (postmaster.pid === pid ? pid : undefined),
    check() {
      if (end !== undefined) throw new Error(`postgres ended with ${end.signal ?? `exit status ${end.exitCode}`}`)
    },
    ended: exited.then((result) => {
      end = result
    }),
  }
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
  await endOrphans(directory, killed, timeoutMs, runner)
  await releaseSharedMemory(killed, owner, runner)
  await releaseSegments(directory, owner, runner)
  return killed
}
