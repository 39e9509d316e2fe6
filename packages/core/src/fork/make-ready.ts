import { join } from 'node:path'
import type { Session } from '../operation/operation.ts'
import { vacateTimelines } from '../postgres/files/history-files.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { abortable } from '../process/abortable.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, type PlacedFork } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import type { Finishing } from './after-start.ts'
import { administerFork } from './connect-as-superuser.ts'
import { surveyFork } from './neutralize/neutralize-fork.ts'
import { openAccessNow, runPrepare } from './run-prepare.ts'
import type { Verification } from './verify/verification.ts'
import { proveFork, proveForkByFiles } from './verify/verify-by-sql.ts'
import { checkPages } from './verify/verify-pages.ts'

export interface FinishForkRequest {
  readonly fork: PlacedFork
  readonly server: ProcessIdentity
  readonly snapshot: SnapshotRecord
  readonly source: InspectedSource | undefined
  /** The likeliest superusers. */
  readonly roles: readonly string[]
  /** Databases with unlogged tables, which recovery has emptied. */
  readonly unlogged: readonly string[]
  readonly finishing: Finishing
}

export interface BuiltFork {
  readonly record: PlacedFork
  readonly server: ProcessIdentity
  readonly verification: Verification
}

/** The steps from `prepare` to `ready` of a fork whose server runs. */
export async function finishByConnection(session: Session, request: FinishForkRequest): Promise<BuiltFork> {
  const { fork, snapshot, source, unlogged, finishing } = request
  const { prepare, preparedTransactions } = finishing
  const { steps } = session
  const pages = finishing.isDeep
    ? await steps.run('verify', () => checkPages(session, fork, request.server, snapshot.source.hasChecksums))
    : { server: request.server, checks: [] }

  await using administrator = await administerFork(fork, request.roles)
  const { client, connect } = administrator
  // Without the caller's choice, forks are handed out to the superuser that was found.
  const role = fork.role === snapshot.source.role ? administrator.role : fork.role
  const record: PlacedFork = { ...fork, role, status: 'ready' }
  const survey = await steps.run('prepare', async () => {
    const survey = surveyFork({ client, connect, databasesWithUnlogged: unlogged, preparedTransactions })
    const { timeouts, signal } = session
    const surveyed = await abortable(survey, { what: 'The look at the fork', timeoutMs: timeouts.startMs, signal })
    if (prepare !== undefined) await runPrepare(session, client, prepare)
    return surveyed
  })
  const verification = await steps.run('verify', () =>
    proveFork(session, { ...pages, administrator, record, snapshot, source, survey, finishing }),
  )
  await steps.run('ready', async () => {
    if (prepare !== undefined) await openAccessNow(session, record, administrator)
    await makeReady(session, record, snapshot)
  })
  return { record, server: pages.server, verification }
}

/** The same without a connection, for a fork that needs none. */
export async function finishByFiles(session: Session, request: FinishForkRequest): Promise<BuiltFork> {
  const { fork, server, snapshot, source } = request
  const record: PlacedFork = { ...fork, status: 'ready' }
  const verification = await session.steps.run('verify', () =>
    proveForkByFiles(session, { record, server, snapshot, source }),
  )
  await session.steps.run('ready', () => makeReady(session, record, snapshot))
  return { record, server, verification }
}

async function makeReady(session: Session, record: PlacedFork, snapshot: SnapshotRecord): Promise<void> {
  const { timeline, place } = record
  if (timeline !== undefined)
    await vacateTimelines(join(place.dataDirectory, 'pg_wal'), snapshot.source.timeline, timeline)
  const isSnapshotDone = record.ownsSnapshot && !record.resettable
  if (isSnapshotDone && !(await session.drivers.clonesPinSnapshots(record.clones)))
    await removeSnapshot(session, snapshot)
  await writeForkFile(record)
  await forkStore(session.state).replace(record)
}
