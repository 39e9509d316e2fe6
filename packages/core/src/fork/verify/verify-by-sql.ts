import type { Client } from 'pg'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import type { Operation } from '../../operation/operation.ts'
import type { ServerIdentity } from '../../postgres/server/server-identity.ts'
import type { InspectedSource } from '../../postgres/source/inspect-source.ts'
import { type CallerFunction, type CallerSessions, callerSessions } from '../../postgres/sql/caller-sessions.ts'
import type { SuperuserConnection } from '../../postgres/sql/connect-as-superuser.ts'
import { abortable } from '../../process/abortable.ts'
import { allDone } from '../../process/all-done.ts'
import type { StartableFork } from '../../records/fork-record.ts'
import type { SnapshotRecord } from '../../records/snapshot-record.ts'
import type { Neutralized } from '../neutralize/neutralize-fork.ts'
import { checkDatabaseCollations } from './check-collations.ts'
import type { Check, Verification } from './verification.ts'
import { verifyDeep } from './verify-deep.ts'
import { verifyFork } from './verify-fork.ts'
import { verifyForkByFiles } from './verify-fork-by-files.ts'
import { verifyMoment } from './verify-moment.ts'
import { verifySource } from './verify-source.ts'
import { writeReport } from './write-report.ts'

/** A caller's own check of a fork: what it throws fails the fork. */
export type VerifyFunction = CallerFunction

export interface VerifyBySqlRequest {
  readonly superuser: SuperuserConnection
  /** Sessions for `verify`. */
  readonly connectForCaller: (database: string, role?: string) => Promise<Client>
  readonly record: StartableFork
  readonly server: ServerIdentity
  readonly snapshot: SnapshotRecord
  readonly lookAtSource: () => Promise<Check[]>
  readonly neutralized: Neutralized
  /** Checks indexes and collations as well. */
  readonly isDeep: boolean
  readonly verify: VerifyFunction | undefined
  /** Proved already. */
  readonly checks: readonly Check[]
}

/** The step `verify`: proves what a fork promises and gathers all that its user should know. */
export async function verifyBySql(operation: Operation, request: VerifyBySqlRequest): Promise<Verification> {
  const { superuser, record, server, snapshot, lookAtSource, neutralized, isDeep, verify } = request
  const { client } = superuser
  const { timeouts, signal } = operation
  const bound = { what: 'The verification', timeoutMs: timeouts.verifyMs, signal }
  const [proved, sourceChecks] = await allDone([
    abortable(verifyFork(client, record, snapshot, server), bound),
    lookAtSource(),
  ])
  const momentChecks = await abortable(verifyMoment(client, record), bound)
  const collations = await abortable(checkDatabaseCollations(client, record.major), bound)
  const deep = isDeep
    ? await abortable(verifyDeep(client, superuser.connect), {
        ...bound,
        timeoutMs: timeouts.deepVerifyMs,
      })
    : { checks: [], warnings: [] }
  if (verify !== undefined)
    await runVerify(operation, record, callerSessions(request.connectForCaller, record.database), verify)
  const workers = neutralized.foreignWorkers.map(
    (type) => `A background worker of a library runs in the fork: ${type} (H25).`,
  )
  const verification = {
    ...neutralized,
    checks: [...request.checks, ...proved.checks, ...momentChecks, ...sourceChecks, ...deep.checks],
    position: proved.position,
    sourceReplayPosition: snapshot.source.replayPosition,
    consistency: snapshot.consistency,
    replacedSettings: snapshot.replacedSettings,
    changes: [...record.changes],
    warnings: [...operation.warnings, ...neutralized.warnings, ...deep.warnings, ...collations, ...workers],
  }
  return { ...verification, report: writeReport(record.name, verification) }
}

export interface VerifyByFilesRequest extends Pick<VerifyBySqlRequest, 'record' | 'server' | 'snapshot'> {
  readonly source: InspectedSource | undefined
}

/** The same as far as it goes without SQL. */
export async function verifyByFiles(operation: Operation, request: VerifyByFilesRequest): Promise<Verification> {
  const { record, server, snapshot, source } = request
  const proved = await verifyForkByFiles(record, snapshot, server)
  const sourceChecks = source === undefined ? [] : await verifySource(source, record.timeline, operation)
  const verification = {
    unloggedRelations: [],
    preparedTransactions: [],
    werePreparedRolledBack: false,
    detachedSubscriptions: [],
    foreignWorkers: [],
    checks: [...proved.checks, ...sourceChecks],
    position: proved.position,
    sourceReplayPosition: snapshot.source.replayPosition,
    consistency: snapshot.consistency,
    replacedSettings: snapshot.replacedSettings,
    changes: [...record.changes],
    warnings: [...operation.warnings],
  }
  return { ...verification, report: writeReport(record.name, verification) }
}

async function runVerify(
  operation: Operation,
  fork: StartableFork,
  sessions: CallerSessions,
  verify: VerifyFunction,
): Promise<void> {
  const run = async (): Promise<unknown> => verify(await sessions.context.connect(), sessions.context)
  try {
    // As with prepare, how long it may take is the caller's matter.
    await abortable(run(), { what: 'verify', timeoutMs: 2 ** 31 - 1, signal: operation.signal })
  } catch (error) {
    if (operation.signal?.aborted && isPgforkError(error, 'ABORTED')) throw error
    throw new PgforkError(
      'VERIFICATION_FAILED',
      `The caller's verify function refused the fork ${fork.name}: ${messageOf(error)}`,
      { cause: error, facts: { database: fork.database } },
    )
  } finally {
    await sessions.end()
  }
}
