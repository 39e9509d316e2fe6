import { closeSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import type { CommandRunner, StartedProcess, UserIdentity } from '../../command/command-runner.ts'
import { fromSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'
import { ServerStartError } from '../../errors/server-start-error.ts'
import { Directory } from '../../files/directory.ts'
import { openToAppend } from '../../files/open-to-append.ts'
import { identifyProcess, type ProcessIdentity } from '../../process/process-identity.ts'
import { isAlive } from '../../process/process-state.ts'
import { waitUntil } from '../../process/wait-until.ts'
import { readPostmasterPid } from '../files/postmaster-pid.ts'
import { ownFolder } from '../files/remove-identity.ts'
import { promotionOf } from './ask-promotion.ts'
import { findServer } from './find-server.ts'
import { noteSegments, releaseSegments } from './posix-shared-memory.ts'
import { readLogTail } from './read-log-tail.ts'
import { releaseSharedMemory } from './release-shared-memory.ts'
import type { ServerLauncher, StartServerRequest, StopServerRequest } from './server-launcher.ts'
import { watchFile } from './watch-file.ts'

/** Servers as processes of this machine: `postgres` itself, without pg_ctl and its pauses of 100 ms. */
export function localLauncher(runner: CommandRunner): ServerLauncher {
  return {
    start: (request) => startServer(request, runner),
    stop: (request) => stopServer(request, runner),
    find: async (dataDirectory) => (await findServer(dataDirectory, runner))?.identity,
  }
}

async function startServer(request: StartServerRequest, runner: CommandRunner): Promise<ProcessIdentity> {
  const { dataDirectory, owner, logFile, timeoutMs, signal } = request
  using directory = openDirectory(dataDirectory)
  await releaseSegments(directory, owner, runner)
  const started = await startIn(directory, request, runner)
  try {
    await waitUntilReady(started, directory, request)
    const identity = await identifyProcess(started.pid, runner)
    if (identity === undefined) throw new Error('postgres ended right after it was ready')
    noteSegments(identity.pid, directory, owner)
    return identity
  } catch (error) {
    await endStarted(started, runner)
    if (signal?.aborted) throw error
    const what = isPgforkError(error, 'TIMED_OUT')
      ? `was not ready within ${timeoutMs} ms (timeouts.startMs)`
      : `did not start: ${messageOf(error)}`
    throw new ServerStartError(
      `The server of ${dataDirectory} ${what}. Its log ends with:`,
      await readLogTail(logFile),
      error,
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

/** The owner may have put links in the way of the log and of the directory to work in: descriptors lead to them. */
async function startIn(
  directory: Directory,
  { dataDirectory, binDirectory, owner, logFile, diesWithCaller }: StartServerRequest,
  runner: CommandRunner,
): Promise<StartedProcess> {
  const log = openLog(directory, logFile, owner)
  try {
    return await runner.start(join(binDirectory, 'postgres'), ['-D', dataDirectory], {
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

async function endStarted(started: StartedProcess, runner: CommandRunner): Promise<void> {
  const identity = await identifyProcess(started.pid, runner)
  if (identity !== undefined) await end(identity, 'SIGQUIT', 10_000, runner)
}

async function stopServer(
  { dataDirectory, owner, mode, timeoutMs }: StopServerRequest,
  runner: CommandRunner,
): Promise<void> {
  const server = await findServer(dataDirectory, runner)
  if (server !== undefined) await end(server.identity, mode === 'fast' ? 'SIGINT' : 'SIGQUIT', timeoutMs, runner)
  using directory = Directory.find(dataDirectory)
  // A server that stops cleanly removes its lock file.
  const killed = directory && readPostmasterPid(directory)
  if (directory === undefined || killed === undefined) return
  await releaseSharedMemory(killed, owner, runner)
  await releaseSegments(directory, owner, runner)
}

/** Signals exactly this process (H58) and waits for its end; one that doesn't heed within the bound is killed. */
async function end(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
  runner: CommandRunner,
): Promise<void> {
  const isGone = async (): Promise<boolean> => !(await isAlive(identity, runner))
  for (const next of [signal, 'SIGQUIT', 'SIGKILL'] as const) {
    if (await isGone()) return
    kill(identity.pid, next)
    const gone = await waitUntil(isGone, { what: `The end of ${identity.pid}`, timeoutMs, firstPauseMs: 1 }).catch(
      () => false,
    )
    if (gone) return
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
