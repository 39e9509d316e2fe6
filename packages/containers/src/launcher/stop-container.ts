import { type CommandRunner, isPgforkError } from '@pgfork/core'
import { endProcess, hiddenServer, type ServerIdentity, type StopServerRequest } from '@pgfork/core/companion'
import { type Engine, engineAt } from '../engine/engine.ts'
import { noContainer } from '../engine/inspect-container.ts'
import { findServerIn } from './find-server-in.ts'
import { letGoOfMakerPipe } from './maker-pipe.ts'
import { placeOf } from './place.ts'
import { removeContainers } from './remove-containers.ts'

/** For the engine, which has other things to do. */
const leastMs = 30_000

/** Ends the server, wherever it was started, and removes its container. */
export async function stopContainer(request: StopServerRequest, runner: CommandRunner): Promise<void> {
  const { server, mode, timeoutMs, isGoneElsewhere } = request
  const engine = engineAt(runner, placeOf(server.place).data?.engine)
  if (mode === 'fast') {
    const found = await findServerIn(server, runner)
    if (found.status === 'running') await end(found.identity, 'SIGINT', timeoutMs, engine, runner)
  }
  const failure = await removeContainers(engine, server, Math.max(timeoutMs, leastMs)).then(
    () => undefined,
    (error: unknown) => error,
  )
  const found = await findServerIn(server, runner)
  // Somebody may have started a server by hand, in no container of ours.
  if (found.status === 'running') await end(found.identity, 'SIGQUIT', timeoutMs, engine, runner)
  if (found.status === 'hidden' && isGoneElsewhere !== true)
    throw failure ?? hiddenServer(server.dataDirectory, found.reason, 'So it is neither stopped nor removed.')
  // Without its engine, a container that nothing runs in goes when that is back.
  if (failure !== undefined && !isPgforkError(failure, 'ENGINE_UNAVAILABLE')) throw failure
  letGoOfMakerPipe(server.dataDirectory)
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
  await engine.run(['wait', identity.id], { timeoutMs, missing })
}
