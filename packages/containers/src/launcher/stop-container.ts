import process from 'node:process'
import { type CommandRunner, isPgforkError } from '@pgfork/core'
import {
  endProcess,
  hiddenServer,
  type OwnedServer,
  type ServerIdentity,
  type StopServerRequest,
} from '@pgfork/core/companion'
import { findLocalAddress } from '../engine/check-engine.ts'
import { type Engine, engineAt } from '../engine/engine.ts'
import { noContainer } from '../engine/inspect-container.ts'
import { releaseBinds } from './bind-sources.ts'
import { findServerIn } from './find-server-in.ts'
import { letGoOfMakerPipe } from './maker-pipe.ts'
import { placeOf } from './place.ts'
import { removeContainers } from './remove-containers.ts'

/** For the engine, which has other things to do. */
const leastMs = 30_000

/** Ends the server, wherever it was started, and removes its container. */
export async function stopContainer(request: StopServerRequest, runner: CommandRunner): Promise<void> {
  const { server, mode, timeoutMs, isGoneElsewhere } = request
  const engine = await engineOf(server, runner)
  if (mode === 'fast') {
    const found = await findServerIn(server, runner)
    if (found.status === 'running') await end(found.identity, 'SIGINT', timeoutMs, engine, runner)
  }
  const failure = await removeContainers(engine, server, Math.max(timeoutMs, leastMs)).then(
    () => undefined,
    (error: unknown) => error,
  )
  await releaseBinds(server.dataDirectory, runner)
  const found = await findServerIn(server, runner)
  // Somebody may have started a server by hand, in no container of ours.
  if (found.status === 'running') await end(found.identity, 'SIGQUIT', timeoutMs, engine, runner)
  if (found.status === 'hidden' && isGoneElsewhere !== true)
    throw failure ?? hiddenServer(server.dataDirectory, found.reason, 'So it is neither stopped nor removed.')
  // Without its engine, a container that nothing runs in goes when that is back.
  const isAnswered = !isPgforkError(failure, 'ENGINE_UNAVAILABLE') && !isPgforkError(failure, 'CONTAINER_REFUSED')
  if (failure !== undefined && isAnswered) throw failure
  letGoOfMakerPipe(server.dataDirectory)
}

/**
 * Where the record was lost, it is that of the environment. One of another machine is asked nothing: there, the same path is that of
 * another fork (H84).
 */
async function engineOf({ place }: OwnedServer, runner: CommandRunner): Promise<Engine> {
  const { data } = placeOf(place)
  if (data !== undefined) return engineAt(runner, data.engine)
  try {
    return engineAt(runner, await findLocalAddress(engineAt(runner), process.env))
  } catch (error) {
    return { run: () => Promise.reject(error) }
  }
}

async function end(
  identity: ServerIdentity,
  signal: 'SIGINT' | 'SIGQUIT',
  timeoutMs: number,
  engine: Engine,
  runner: CommandRunner,
): Promise<void> {
  if (identity.kind === 'process') return endProcess(identity, signal, timeoutMs, runner)
  const gone = /is not running/i
  const missing = new RegExp(`${noContainer.source}|${gone.source}`, 'i')
  await engine.run(['kill', '--signal', signal, identity.id], { missing })
  await engine.run(['wait', identity.id], { timeoutMs, missing, waits: true })
}
