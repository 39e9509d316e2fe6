import type { Client } from 'pg'
import { type Connect, type Database, listDatabases, unreachable } from '../../postgres/sql/databases.ts'
import { type DetachedSubscription, detachSubscriptions } from './detach-subscriptions.ts'
import { emptyStrayFiles } from './empty-stray-files.ts'
import { findForeignWorkers } from './find-foreign-workers.ts'
import { findUnlogged, type UnloggedRelation } from './find-unlogged.ts'
import { findUnreadable } from './find-unreadable.ts'
import { findPreparedTransactions, type PreparedTransaction, rollBackPrepared } from './prepared-transactions.ts'

/** What differs between the fork and its source, and what the fork's user should know. */
export interface Neutralized {
  /** H26: empty in the fork, unless the source was stopped cleanly. */
  readonly unloggedRelations: readonly UnloggedRelation[]
  /** H27 */
  readonly preparedTransactions: readonly PreparedTransaction[]
  readonly werePreparedRolledBack: boolean
  /** H24 */
  readonly detachedSubscriptions: readonly DetachedSubscription[]
  /** H25: running now. */
  readonly foreignWorkers: readonly string[]
  /** What the user should look at, a sentence each. */
  readonly warnings: readonly string[]
}

export interface NeutralizeRequest {
  readonly client: Client
  /** oids, as `surveyFiles` found them before the start; `all` where recovery may have made others since. */
  readonly databasesWithUnlogged: readonly string[] | 'all'
  readonly preparedTransactions: 'keep' | 'rollback'
  /** The data directory of a fork that is about to be prepared, to which nobody else is connected. */
  readonly prepared: string | undefined
  /** Libraries that the source preloads and the fork doesn't. */
  readonly leftOut: readonly string[]
  readonly connect: Connect
}

const notEmptied =
  'Files of tables that the source was just making, or that a crash left, are as they were: which they are is not to be told while there are ' +
  "prepared transactions (H68). preparedTransactions: 'rollback' ends these."

/** Neutralises what only SQL can, and reports the rest. */
export async function neutralizeFork(request: NeutralizeRequest): Promise<Neutralized> {
  const { client, connect } = request
  const databases = await listDatabases(client)
  const open = databases.filter(({ state }) => state === 'open')
  const preparedTransactions = await findPreparedTransactions(client)
  const isOpen = (database: string): boolean => open.some(({ name }) => name === database)
  const rolledBack =
    request.preparedTransactions === 'rollback' ? preparedTransactions.filter(({ database }) => isOpen(database)) : []
  await rollBackPrepared(rolledBack, connect)
  const isAllEnded = preparedTransactions.length === rolledBack.length
  if (request.prepared !== undefined && isAllEnded)
    await emptyStrayFiles(request.prepared, { client, databases: open, connect })
  const { databasesWithUnlogged: listed } = request
  const hasUnlogged = ({ oid, state }: Database): boolean =>
    listed === 'all' ? state === 'open' : listed.includes(oid)
  return {
    detachedSubscriptions: await detachSubscriptions(client),
    unloggedRelations: await findUnlogged(open.filter(hasUnlogged), connect),
    preparedTransactions,
    werePreparedRolledBack: rolledBack.length > 0,
    foreignWorkers: await findForeignWorkers(client),
    warnings: [
      ...(request.prepared === undefined || isAllEnded ? [] : [notEmptied]),
      ...databases
        .filter((database) => hasUnlogged(database) && !open.includes(database))
        .map((database) =>
          unreachable(database, 'so that its unlogged tables, empty in the fork, are not named (H26)'),
        ),
      ...(await findUnreadable(open, connect, request.leftOut)),
    ],
  }
}
