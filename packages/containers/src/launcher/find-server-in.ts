import type { CommandRunner } from '@pgfork/core'
import {
  type ContainerIdentity,
  Directory,
  type FoundServer,
  findServer,
  type OwnedServer,
  type PostmasterPid,
  readPostmasterPid,
  type ServerIdentity,
} from '@pgfork/core/companion'
import { requireSameEngine } from '../engine/check-engine.ts'
import { engineAt } from '../engine/engine.ts'
import { ownContainers } from './own-containers.ts'
import { placeOf, recordedEngine } from './place.ts'

/** By the sight of its processes, which proves most and costs least; where some are out of sight, the engine is asked. */
export async function findServerIn(server: OwnedServer, runner: CommandRunner): Promise<FoundServer<ServerIdentity>> {
  const { dataDirectory } = server
  const seen = await findServer(dataDirectory, runner, server)
  if (seen.status === 'running') return { ...seen, identity: { kind: 'process', ...seen.identity } }
  return seen.status === 'hidden' ? ((await askEngine(server, runner)) ?? seen) : seen
}

/** Undefined where the engine can't tell either. */
async function askEngine(
  { dataDirectory, place, container: recorded }: OwnedServer,
  runner: CommandRunner,
): Promise<FoundServer<ServerIdentity> | undefined> {
  const { data } = placeOf(place)
  using directory = Directory.find(dataDirectory)
  const postmaster = directory && readPostmasterPid(directory)
  if (data === undefined || postmaster === undefined) return undefined
  const engine = engineAt(runner, data.engine)
  const containers = await requireSameEngine(engine, recordedEngine(data))
    .then(() => ownContainers(engine, dataDirectory))
    .catch(() => undefined)
  if (containers === undefined) return undefined
  const container = containers.find(({ State }) => State.Running)
  if (container !== undefined) {
    const { Id: id, State } = container
    const { Pid: pid, StartedAt: startedAt } = State
    return {
      status: 'running',
      postmaster,
      identity: { kind: 'container', id, startedAt, pid, pidInside: postmaster.pid },
    }
  }
  return recorded !== undefined && isOf(postmaster, recorded) ? { status: 'none' } : undefined
}

/** Recovery isn't over yet when the lock file is written. */
const toleranceMs = { before: 5_000, after: 60_000 }

/** Whether a lock file is that of the server of this very container: else somebody has started another one since. */
function isOf({ pid, startedAtSeconds }: PostmasterPid, { pidInside, startedAt }: ContainerIdentity): boolean {
  const laterMs = startedAtSeconds * 1_000 - Date.parse(startedAt)
  return pid === pidInside && laterMs > -toleranceMs.before && laterMs < toleranceMs.after
}
