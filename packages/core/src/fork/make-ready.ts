import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { vacateTimelines } from '../postgres/files/history-files.ts'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { connectAsSuperuser } from '../postgres/sql/connect-as-superuser.ts'
import { refuseUnknownLogin } from '../postgres/sql/refuse-unknown-login.ts'
import { abortable } from '../process/abortable.ts'
import { allDone } from '../process/all-done.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, type StartableFork, withStarted } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import { accessTo } from './access.ts'
import type { AfterStart } from './after-start.ts'
import { neutralizeFork } from './neutralize/neutralize-fork.ts'
import { runPrepare } from './run-prepare.ts'
import type { Check, Verification } from './verify/verification.ts'
import { verifyByFiles, verifyBySql } from './verify/verify-by-sql.ts'
import { verifySource } from './verify/verify-source.ts'
import { verifyPages } from './verify-pages.ts'

export interface MakeReadyRequest {
  readonly fork: StartableFork
  readonly server: ServerIdentity
  readonly snapshot: SnapshotRecord
  readonly source: InspectedSource | undefined
  /** The likeliest superusers. */
  readonly roles: readonly string[]
  /** Databases with unlogged tables, which recovery has emptied. */
  readonly unlogged: readonly string[] | 'all'
  readonly afterStart: AfterStart
}

export interface BuiltFork {
  readonly record: StartableFork
  readonly server: ServerIdentity
  readonly verification: Verification
}

/** The steps from `pages` to `ready` of a fork whose server runs. */
export async function makeReadyByConnection(operation: Operation, request: MakeReadyRequest): Promise<BuiltFork> {
  const { source, fork, afterStart } = request
  const look = async () => (source === undefined ? [] : verifySource(source, fork.timeline, operation))
  // A new server's first session takes a while to begin. What runs code of the caller's before the fork is handed out may harm its source.
  const isEarly = afterStart.prepare === undefined && afterStart.verify === undefined
  const looking = isEarly ? look() : undefined
  const looked = Promise.allSettled([looking])
  try {
    return await makeReady(operation, request, () => looking ?? look())
  } finally {
    await looked
  }
}

async function makeReady(
  operation: Operation,
  request: MakeReadyRequest,
  lookAtSource: () => Promise<Check[]>,
): Promise<BuiltFork> {
  const { fork, snapshot, unlogged, afterStart } = request
  const { prepare, preparedTransactions, isDeep, verify, login } = afterStart
  const { steps } = operation
  const pages = isDeep
    ? await steps.run('pages', () => verifyPages(operation, fork, request.server, snapshot.source.hasChecksums))
    : { server: request.server, checks: [] }

  await using superuser = await connectAsSuperuser(fork, request.roles)
  const { client, connect } = superuser
  await refuseUnknownLogin(client, login)
  // Without the caller's choice, forks are handed out to the superuser that was found, in the database that he was let into.
  const role = login.role ?? (fork.role === snapshot.source.role ? superuser.role : fork.role)
  const hasDefault = login.database !== undefined || fork.database !== 'postgres'
  const database = hasDefault ? fork.database : (client.database ?? fork.database)
  const record: StartableFork = { ...fork, role, database }
  const access = accessTo(operation, record, {
    superuser,
    closedTo: prepare && request.roles,
    tcpAccess: snapshot.tcpAccess,
  })
  const neutralized = await steps.run('neutralize', () => {
    const work = neutralizeFork({
      client,
      connect,
      databasesWithUnlogged: unlogged,
      preparedTransactions,
      prepared: prepare && fork.server.dataDirectory,
      leftOut: fork.leftOut ?? [],
    })
    const { timeouts, signal } = operation
    return abortable(work, { what: 'The look at the fork', timeoutMs: timeouts.startMs, signal })
  })
  if (prepare !== undefined)
    await steps.run('prepare', () => runPrepare(operation, record, { superuser, access, prepare }))
  const verifying = (): Promise<Verification> =>
    verifyBySql(operation, {
      ...pages,
      ...{ superuser, record, snapshot, lookAtSource, neutralized, isDeep, verify },
      connectForCaller: access.connect,
    })
  const [verification] = await steps.run('verify', () =>
    allDone([verifying(), removeConsumed(operation, record, snapshot)]),
  )
  await steps.run('ready', async () => {
    await access.open()
    await markReady(operation, record, pages.server)
  })
  return { record, server: pages.server, verification }
}

/** The same without a connection, for a fork that needs none. */
export async function makeReadyByFiles(operation: Operation, request: MakeReadyRequest): Promise<BuiltFork> {
  const { fork: record, server, snapshot, source } = request
  const [verification] = await operation.steps.run('verify', () =>
    allDone([
      verifyByFiles(operation, { record, server, snapshot, source }),
      removeConsumed(operation, record, snapshot),
    ]),
  )
  await operation.steps.run('ready', () => markReady(operation, record, server))
  return { record, server, verification }
}

/** What is left of a snapshot that nobody needs any more. Cut off in between, it goes with its fork, which isn't ready. */
async function removeConsumed(operation: Operation, record: StartableFork, snapshot: SnapshotRecord): Promise<void> {
  const isDone = record.ownsSnapshot && !record.resettable
  if (isDone && !(await operation.drivers.clonesPinSnapshots(record.clones))) await removeSnapshot(operation, snapshot)
}

async function markReady(operation: Operation, record: StartableFork, started: ServerIdentity): Promise<void> {
  const { timeline, server } = record
  if (timeline !== undefined) vacate(server.dataDirectory)
  await writeForkFile(record)
  await forkStore(operation.state).markReady({ ...record, server: withStarted(server, started) })
}

/** The fork runs, and its files are its owner's. */
function vacate(path: string): void {
  using dataDirectory = Directory.open(path)
  vacateTimelines(dataDirectory)
}
