import { type Client, escapeLiteral } from 'pg'
import { type Connect, inDatabase } from '../../postgres/sql/databases.ts'

/** A transaction prepared for two-phase commit on the source. It holds its locks in the fork as well (H27). */
export interface PreparedTransaction {
  readonly database: string
  readonly identifier: string
  readonly preparedAt: Date
}

export async function findPreparedTransactions(client: Client): Promise<PreparedTransaction[]> {
  const { rows } = await client.query<PreparedTransaction>(
    'select database, gid as identifier, prepared as "preparedAt" from pg_prepared_xacts order by prepared',
  )
  return rows
}

/** Rolls them back, each in its own database, as it must be. */
export async function rollBackPrepared(transactions: readonly PreparedTransaction[], connect: Connect): Promise<void> {
  for (const { database, identifier } of transactions)
    await inDatabase(connect, database, (session) => session.query(`rollback prepared ${escapeLiteral(identifier)}`))
}
