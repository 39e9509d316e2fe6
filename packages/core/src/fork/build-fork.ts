import type { Session } from '../operation/operation.ts'
import { accessFileOf, configurationFileOf } from '../postgres/files/paths.ts'
import { replaceFile } from '../postgres/files/replace-file.ts'
import { closedAccess } from '../postgres/sanitize/access-rules.ts'
import { refuseLinks } from '../postgres/sanitize/refuse-links.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { allDone } from '../process/all-done.ts'
import { type ForkRecord, forkStore, type PlacedFork } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { claimPort } from '../state/claim-port.ts'
import type { Finishing } from './after-start.ts'
import { decideTimeline, prepareNewTimeline } from './choose-timeline.ts'
import { makeClones } from './make-clones.ts'
import { type BuiltFork, finishByConnection, finishByFiles } from './make-ready.ts'
import { databasesWithUnlogged } from './neutralize/find-unlogged.ts'
import { removeServerAndClones } from './remove-fork.ts'
import { sanitizeFork } from './sanitize-fork.ts'
import { startOnFreePort } from './start-server.ts'

export interface BuildForkRequest {
  readonly snapshot: SnapshotRecord
  /** Recorded already. */
  readonly fork: ForkRecord
  readonly timeline: 'new' | 'keep'
  readonly port: number | undefined
  /** The fork's `postgresql.conf` for this port and socket directory. */
  configuration(port: number, socketDirectory: string): string
  readonly finishing: Finishing
  /** The source, where it is to be looked at again afterwards. */
  readonly source: InspectedSource | undefined
}

/** The steps from `clone` to `ready`: makes a running server of a snapshot. Making a fork and resetting it share them. */
export async function buildFork(session: Session, request: BuildForkRequest): Promise<BuiltFork> {
  const { snapshot, source, finishing } = request
  const { prepare } = finishing
  const { steps, state } = session
  const store = forkStore(state)
  let { fork } = request

  steps.onUndo(() => removeServerAndClones(session, fork))
  const [tree, port] = await steps.run('clone', () =>
    allDone([makeClones(session, snapshot, fork), claimPort(state, fork.name, request.port)]),
  )
  const { dataDirectory } = tree
  const socketDirectory = await steps.run('sanitize', async () => {
    refuseLinks(dataDirectory)
    return sanitizeFork(session, snapshot, fork, tree)
  })

  const { timeline, unlogged } = await steps.run('timeline', async () => {
    const isRecovered = request.timeline === 'new' || !snapshot.source.isClean
    const unlogged = isRecovered ? await databasesWithUnlogged(dataDirectory) : []
    if (decideTimeline(session, snapshot, request.timeline) === 'keep') return { timeline: undefined, unlogged }
    return { timeline: await prepareNewTimeline(session, snapshot, fork, dataDirectory), unlogged }
  })
  const roles = [snapshot.source.role, 'postgres']
  const started = await steps.run('start', async () => {
    if (prepare !== undefined)
      await replaceFile(accessFileOf(dataDirectory), closedAccess([...new Set(roles)]), fork.owner)
    const configure = async (port: number): Promise<PlacedFork> => {
      const configuration = request.configuration(port, socketDirectory)
      const placed = { ...fork, place: { dataDirectory, socketDirectory, port } }
      const recorded = timeline === undefined ? placed : { ...placed, timeline }
      fork = recorded
      await allDone([
        replaceFile(configurationFileOf(dataDirectory), configuration, fork.owner),
        store.replace(recorded),
      ])
      return recorded
    }
    return startOnFreePort(session, { fork, port: request.port, claimed: port, configure })
  })
  const finish = finishing.connects ? finishByConnection : finishByFiles
  return finish(session, { ...started, roles, snapshot, source, unlogged, finishing })
}
