import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, type CommandRunner, isPgforkError, type PgforkError } from '@pgfork/core'
import {
  allDone,
  type ContainerIdentity,
  currentScope,
  type Directory,
  endOrphans,
  failedStart,
  openDataDirectory,
  openLog,
  type PostmasterPid,
  readInnermostPid,
  readPostmasterPid,
  readStat,
  refuseSecondServer,
  removeOutsideFolder,
  removeTree,
  type ServerIdentity,
  type StartServerRequest,
  waitUntilReady,
} from '@pgfork/core/companion'
import { requireSameEngine } from '../engine/check-engine.ts'
import { type Engine, engineAt } from '../engine/engine.ts'
import { inspectContainer } from '../engine/inspect-container.ts'
import { notFound } from '../errors.ts'
import { processesBelow } from '../processes-below.ts'
import { type Bind, holdBinds } from './bind-sources.ts'
import { findServerIn } from './find-server-in.ts'
import { holdMakerPipe, letGoOfMakerPipe, makerPipeIn } from './maker-pipe.ts'
import { type ContainerPlace, readPlace, recordedEngine } from './place.ts'
import { removeContainers } from './remove-containers.ts'
import { serverArguments } from './run-arguments.ts'

export async function startContainer(request: StartServerRequest, runner: CommandRunner): Promise<ServerIdentity> {
  const { server } = request
  const { dataDirectory } = server
  const place = readPlace(server.place)
  const engine = engineAt(runner, place.engine)
  using directory = openDataDirectory(dataDirectory)
  const [found] = await Promise.all([findServerIn(server, runner), requireSameEngine(engine, recordedEngine(place))])
  refuseSecondServer(dataDirectory, found)
  // Of one that has ended. What is left of one that somebody started outside of a container would go on writing: none here sees it (H85).
  const killed = readPostmasterPid(directory)
  if (killed !== undefined) await endOrphans(directory, killed, request.timeoutMs, runner)
  // Processes of another container may have its pid in this one, which PostgreSQL takes for that server.
  removeTree(directory, 'postmaster.pid')
  closeSync(openLog(directory, request.logFile, request.owner))
  try {
    if (request.diesWithCaller) await holdMakerPipe(dataDirectory, request.outsideDirectory, request.owner, runner)
    const needsOutside = request.diesWithCaller || server.socketDirectory === request.outsideDirectory
    const folders = [...(server.linked ?? []), ...(needsOutside ? [request.outsideDirectory] : [])]
    await using held = await holdBinds({ dataDirectory, owner: request.owner, folders }, runner)
    const id = await runContainer(engine, request, place, held.binds)
    const [identity] = await allDone([waitInContainer(engine, id, directory, request), held[Symbol.asyncDispose]()])
    // The container has it open: nothing is left of it on this machine, even if this process is killed.
    if (server.socketDirectory !== request.outsideDirectory)
      removeOutsideFolder(request.outsideDirectory, request.owner)
    return identity
  } catch (error) {
    letGoOfMakerPipe(dataDirectory)
    const left = await removeContainers(engine, server, request.timeoutMs).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    throw isOfEngine(error) ? error : await failedStart(request, error, left)
  }
}

/** No server's log says more of it. */
const isOfEngine = (error: unknown): boolean =>
  (['ENGINE_UNAVAILABLE', 'CONTAINER_NOT_FOUND', 'NO_SPACE'] as const).some((code) => isPgforkError(error, code))

/** Returns its id. One of an interrupted start, in which no server runs, makes room. */
async function runContainer(
  engine: Engine,
  request: StartServerRequest,
  place: ContainerPlace,
  binds: readonly Bind[],
): Promise<string> {
  const { server, owner, logFile, binDirectory, outsideDirectory, diesWithCaller, timeoutMs } = request
  const words = serverArguments({
    ...{ place, owner, logFile, dataDirectory: server.dataDirectory, binds },
    program: binDirectory === '' ? 'postgres' : join(binDirectory, 'postgres'),
    makerPipe: diesWithCaller ? makerPipeIn(outsideDirectory) : undefined,
  })
  const isTaken = /is already in use by container/
  const run = (missing?: RegExp) => engine.run(words, { timeoutMs, ...(missing === undefined ? {} : { missing }) })
  try {
    let started = await run(isTaken)
    if (started === undefined) {
      await removeContainers(engine, server, request.timeoutMs)
      started = await run()
    }
    return started?.stdout.trim() ?? ''
  } catch (error) {
    throw error instanceof CommandError && /No such image/i.test(error.stderr) ? imageGone(place, error) : error
  }
}

const imageGone = ({ image }: ContainerPlace, cause: unknown): PgforkError =>
  notFound(
    `The image ${image} that the fork runs in is gone: somebody removed it from the engine (docker image prune). Fetch that very image again, or fork ` +
      "the fork's data directory into another one of its version by inImage().",
    { image },
    cause,
  )

async function waitInContainer(
  engine: Engine,
  id: string,
  directory: Directory,
  request: StartServerRequest,
): Promise<ContainerIdentity> {
  const container = await inspectContainer(engine, id)
  const first = container?.State.Pid ?? 0
  const startTicks = readStat(first)?.startTicks
  const pidOf = ({ pid }: PostmasterPid): number | undefined =>
    [...processesBelow(first)].find((candidate) => readInnermostPid(candidate) === pid)
  const postmaster = await waitUntilReady(
    {
      pidOf,
      check() {
        const stat = readStat(first)
        if (stat === undefined || stat.isZombie || stat.startTicks !== startTicks)
          throw new Error('its container has ended')
      },
    },
    directory,
    request,
  )
  const pid = pidOf(postmaster)
  if (container === undefined || pid === undefined) throw new Error('its container ended right after it was ready')
  const { boot } = currentScope()
  return { kind: 'container', id, startedAt: container.State.StartedAt, pid, pidInside: postmaster.pid, boot }
}
