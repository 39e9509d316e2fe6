import type { Client } from 'pg'
import { type DetachedSubscription, detachSubscriptions } from './detach-subscriptions.ts'
import { findForeignWorkers } from './find-foreign-workers.ts'
import { findUnlogged, type UnloggedRelation } from './find-unlogged.ts'
import { findPreparedTransactions, type PreparedTransaction, rollBackPrepared } from './prepared-transactions.ts'

/** What is otherwise in the fork than in its source, and what came along that its user should know. */
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
}

export interface NeutralizeRequest {
  readonly client: Client
  /** oids, as `surveyFiles` found them before the start. */
  readonly databasesWithUnlogged: readonly string[]
  readonly preparedTransactions: 'keep' | 'rollback'
  connect(database: string): Promise<Client>
}

/** Neutralises what only SQL can, and reports the rest. */
export async function neutralizeFork(request: NeutralizeRequest): Promise<Neutralized> {
  const { client, connect } = request
  const preparedTransactions = await findPreparedTransactions(client)
  const werePreparedRolledBack = request.preparedTransactions === 'rollback' && preparedTransactions.length > 0
  if (werePreparedRolledBack) await rollBackPrepared(preparedTransactions, connect)
  return {
    detachedSubscriptions: await detachSubscriptions(client, connect),
    unloggedRelations: await findUnlogged(request.databasesWithUnlogged, client, connect),
    preparedTransactions,
    werePreparedRolledBack,
    foreignWorkers: await findForeignWorkers(client),
  }
}
