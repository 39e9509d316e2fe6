import { join } from 'node:path'
import type { Client } from 'pg'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Session } from '../lifecycle/session.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { closedAccess } from '../sanitize/access-rules.ts'
import { replaceFile } from '../sanitize/replace-file.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import type { SnapshotRecord } from '../snapshot/snapshot-record.ts'
import type { InspectedSource } from '../source/inspect-source.ts'
import { vacateTimelines } from '../timeline/history-files.ts'
import type { Verification } from '../verify/verification.ts'
import { verifyFork } from '../verify/verify-fork.ts'
import { verifySource } from '../verify/verify-source.ts'
import { decideTimeline, prepareNewTimeline } from './choose-timeline.ts'
import { connectFork } from './connect-fork.ts'
import { type ForkRecord, forkStore, type PlacedFork } from './fork-record.ts'
import { makeClones } from './make-clones.ts'
import { accessFileOf, configurationFileOf } from './paths.ts'
import { removeServerAndClones } from './remove-fork.ts'
import { openAccessNow, type Prepare, runPrepare } from './run-prepare.ts'
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
  readonly prepare: Prepare | undefined
  readonly verify: ((client: Client) => Promise<unknown> | unknown) | undefined
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
  const { snapshot, prepare } = request
  const { steps, state, drivers } = session
  const store = forkStore(state)
  let { fork } = request

  steps.onUndo(() => removeServerAndClones(session, fork))
  const tree = await steps.run('clone', () => makeClones(session, snapshot, fork))
  const { dataDirectory } = tree
  const socketDirectory = await steps.run('sanitize', () => sanitizeFork(session, snapshot, fork, tree))

  const timeline = await steps.run('timeline', async () => {
    if (decideTimeline(session, snapshot, request.timeline) === 'keep') return undefined
    return prepareNewTimeline(session, snapshot, fork, dataDirectory)
  })
  const roles = [fork.role, snapshot.source.role, 'postgres']
  const started = await steps.run('start', async () => {
    if (prepare !== undefined)
      await replaceFile(accessFileOf(dataDirectory), closedAccess([...new Set(roles)]), fork.owner)
    return startOnFreePort(session, {
      fork,
      port: request.port,
      configure: async (port) => {
        const configuration = request.configuration(port, socketDirectory)
        await replaceFile(configurationFileOf(dataDirectory), configuration, fork.owner)
        const placed = { ...fork, place: { dataDirectory, socketDirectory, port } }
        fork = timeline === undefined ? placed : { ...placed, timeline }
        await store.replace(fork)
        return fork as PlacedFork
      },
    })
  })

  const { client, role } = await connectFork(started.fork, roles)
  try {
    const record: PlacedFork = { ...started.fork, role, status: 'ready' }
    if (prepare !== undefined) await steps.run('prepare', () => runPrepare(session, client, prepare))
    const verification = await steps.run('verify', () =>
      verify(session, { ...request, client, record, server: started.server }),
    )
    await steps.run('ready', async () => {
      if (timeline !== undefined)
        await vacateTimelines(join(dataDirectory, 'pg_wal'), snapshot.source.timeline, timeline)
      if (prepare !== undefined) await openAccessNow(session, record, client)
      const isSnapshotDone =
        record.ownsSnapshot && !record.resettable && !(await drivers.clonesPinSnapshots(record.clones))
      if (isSnapshotDone) await removeSnapshot(session, snapshot)
      await store.replace(record)
    })
    return { record, server: started.server, verification }
  } finally {
    await client.end().catch(() => {})
  }
}

interface VerifyRequest extends BuildForkRequest {
  readonly client: Client
  readonly record: PlacedFork
  readonly server: ProcessIdentity
}

async function verify(session: Session, request: VerifyRequest): Promise<Verification> {
  const { client, record, server, snapshot, source } = request
  const proved = await verifyFork(client, record, snapshot, server)
  const sourceChecks = source === undefined ? [] : await verifySource(source, record.timeline, session.runner)
  try {
    await request.verify?.(client)
  } catch (error) {
    throw new PgforkError(
      'VERIFICATION_FAILED',
      `The caller's verify function refused the fork ${record.name}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
  return {
    checks: [...proved.checks, ...sourceChecks],
    position: proved.position,
    consistency: snapshot.consistency,
    warnings: [...session.warnings],
  }
}
