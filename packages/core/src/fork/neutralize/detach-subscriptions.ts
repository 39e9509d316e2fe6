import { type Client, escapeIdentifier } from 'pg'

export interface DetachedSubscription {
  readonly database: string
  readonly subscription: string
}

/**
 * Disables the subscriptions that came along and detaches their slots (H24): those belong to the source, and dropping a
 * subscription of the fork must not drop them at the publisher. The fork runs without apply workers until then.
 */
export async function detachSubscriptions(
  client: Client,
  connect: (database: string) => Promise<Client>,
): Promise<DetachedSubscription[]> {
  const { rows } = await client.query<DetachedSubscription>(
    `select datname as database, subname as subscription
       from pg_subscription join pg_database on pg_database.oid = subdbid where datallowconn`,
  )
  for (const { database, subscription } of rows) {
    const session = await connect(database)
    const name = escapeIdentifier(subscription)
    try {
      await session.query(`alter subscription ${name} disable`)
      await session.query(`alter subscription ${name} set (slot_name = none)`)
    } finally {
      await session.end()
    }
  }
  return rows
}
