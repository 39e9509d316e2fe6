import { join } from 'node:path'
import type { Session } from '../lifecycle/session.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { closedAccess } from '../sanitize/access-rules.ts'
import { replaceFile } from '../sanitize/replace-file.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import type { SnapshotRecord } from '../snapshot/snapshot-record.ts'
import type { InspectedSource } from '../source/inspect-source.ts'
import { databasesWithUnlogged } from '../survey/find-unlogged.ts'
import { surveyFork } from '../survey/survey-fork.ts'
import { vacateTimelines } from '../timeline/history-files.ts'
import type { Verification } from '../verify/verification.ts'
import { checkPages } from './check-pages.ts'
import { decideTimeline, prepareNewTimeline } from './choose-timeline.ts'
import { connectFork } from './connect-fork.ts'
import type { Finishing } from './finishing.ts'
import { type ForkRecord, forkStore, type PlacedFork } from './fork-record.ts'
import { makeClones } from './make-clones.ts'
import { accessFileOf, configurationFileOf } from './paths.ts'
import { connector, proveFork } from './prove-fork.ts'
import { removeServerAndClones } from './remove-fork.ts'
import { openAccessNow, runPrepare } from './run-prepare.ts'
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

export interface BuiltFork {
  readonly record: PlacedFork
  readonly server: ProcessIdentity
  readonly verification: Verification
}

/** The steps from `clone` to `ready`: makes a running server of a snapshot. Making a fork and resetting it share them. */
export async function buildFork(session: Session, request: BuildForkRequest): Promise<BuiltFork> {
  const { snapshot, source, finishing } = request
  const { prepare } = finishing
  const { steps, state, drivers } = session
  const store = forkStore(state)
  let { fork } = request

  steps.onUndo(() => removeServerAndClones(session, fork))
  const tree = await steps.run('clone', () => makeClones(session, snapshot, fork))
  const { dataDirectory } = tree
  const socketDirectory = await steps.run('sanitize', () => sanitizeFork(session, snapshot, fork, tree))

  const { timeline, unlogged } = await steps.run('timeline', async () => {
    const isRecovered = request.timeline === 'new' || !snapshot.source.isClean
    const unlogged = isRecovered ? await databasesWithUnlogged(dataDirectory) : []
    if (decideTimeline(session, snapshot, request.timeline) === 'keep') return { timeline: undefined, unlogged }
    return { timeline: await prepareNewTimeline(session, snapshot, fork, dataDirectory), unlogged }
  })
  const roles = [fork.role, snapshot.source.role, 'postgres']
  const started = await steps.run('start', async () => {
    if (prepare !== undefined)
      await replaceFile(accessFileOf(dataDirectory), closedAccess([...new Set(roles)]), fork.owner)
    const configure = async (port: number): Promise<PlacedFork> => {
      const configuration = request.configuration(port, socketDirectory)
      await replaceFile(configurationFileOf(dataDirectory), configuration, fork.owner)
      const placed = { ...fork, place: { dataDirectory, socketDirectory, port } }
      const recorded = timeline === undefined ? placed : { ...placed, timeline }
      fork = recorded
      await store.replace(recorded)
      return recorded
    }
    return startOnFreePort(session, { fork, port: request.port, configure })
  })
  const pages = finishing.isDeep
    ? await steps.run('verify', () => checkPages(session, started.fork, started.server, snapshot.source.hasChecksums))
    : { server: started.server, checks: [] }

  const { client, role } = await connectFork(started.fork, roles)
  try {
    const record: PlacedFork = { ...started.fork, role, status: 'ready' }
    const survey = await steps.run('prepare', async () => {
      const { preparedTransactions } = finishing
      const connect = connector(record)
      const surveyed = await surveyFork({ client, connect, databasesWithUnlogged: unlogged, preparedTransactions })
      if (prepare !== undefined) await runPrepare(session, client, prepare)
      return surveyed
    })
    const verification = await steps.run('verify', () =>
      proveFork(session, { ...pages, client, record, snapshot, source, survey, finishing }),
    )
    await steps.run('ready', async () => {
      if (timeline !== undefined)
        await vacateTimelines(join(dataDirectory, 'pg_wal'), snapshot.source.timeline, timeline)
      if (prepare !== undefined) await openAccessNow(session, record, client)
      const isSnapshotDone = record.ownsSnapshot && !record.resettable
      if (isSnapshotDone && !(await drivers.clonesPinSnapshots(record.clones))) await removeSnapshot(session, snapshot)
      await store.replace(record)
    })
    return { record, server: pages.server, verification }
  } finally {
    await client.end().catch(() => {})
  }
}
