import { connectionOf, connectionStringOf } from '../fork/connection.ts'
import type { ForkMoment } from '../fork/fork.ts'
import { momentOf } from '../fork/moment-of.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { isRunning } from '../postgres/server/is-running.ts'
import { type ForkRecord, forkStore, isStartable } from '../records/fork-record.ts'
import type { ForkStatus } from '../records/transitions.ts'

/** What `listForks` says about a fork. */
export interface ForkSummary {
  readonly name: string
  /** Of its volumes, the data directory's first. */
  readonly drivers: readonly string[]
  /** Where its server runs: in a `container`; undefined for a process of its machine. */
  readonly place: string | undefined
  /** `creating`, `resetting` and `removing`: it is being done, failed, or was interrupted. */
  readonly status: ForkStatus
  /** Undefined if that can't be known: the server may run in another container or on another machine. */
  readonly isRunning: boolean | undefined
  readonly createdAt: Date
  readonly lifetime: 'process' | 'persistent'
  /** When it becomes garbage, unless it is protected. */
  readonly expiresAt: Date | undefined
  readonly isProtected: boolean
  /** Data directory of the cluster that it was made of; undefined after its record was rebuilt. */
  readonly source: string | undefined
  /** As of the fork itself; undefined before it has a server. */
  readonly connectionString: string | undefined
  readonly port: number | undefined
  readonly dataDirectory: string | undefined
  readonly timeline: number
  readonly systemIdentifier: string
  /** The past moment that it began with; undefined for one that was made of the present, or of a snapshot alone. */
  readonly moment: ForkMoment | undefined
}

/**
 * All forks of this state directory, oldest first. `onWarning` is told of a record that can't be read; it is left out.
 *
 * @throws PgforkError `STATE_UNUSABLE` when the directory itself is unusable
 */
export async function listForks(options: OperationOptions = {}): Promise<ForkSummary[]> {
  checkOptions('listForks', options, operationShape)
  const operation = await startOperation(options)
  const records = await forkStore(operation.state).list(operation.warn)
  const summaries = records.map(async (record) => ({
    ...factsOf(record),
    isRunning: record.server === undefined ? false : await isRunning(operation.launcher, record.server),
  }))
  return Promise.all(summaries)
}

function factsOf(record: ForkRecord): Omit<ForkSummary, 'isRunning'> {
  const { name, clones, status, createdAt, lifetime, expiresAt, server, systemIdentifier } = record
  return {
    name,
    drivers: [...new Set(clones.map(({ driver }) => driver))],
    place: server?.place?.kind,
    status,
    createdAt: new Date(createdAt),
    lifetime,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    isProtected: record.isProtected === true,
    source: record.sourceDirectory,
    connectionString: isStartable(record) ? connectionStringOf(connectionOf(record)) : undefined,
    port: server?.port,
    dataDirectory: server?.dataDirectory,
    timeline: record.timeline ?? record.sourceTimeline,
    systemIdentifier,
    moment: record.moment && momentOf(record.moment),
  }
}
