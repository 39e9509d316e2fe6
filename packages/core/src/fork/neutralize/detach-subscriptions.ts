import type { Client } from 'pg'

/** A subscription that the fork does not follow any more (H24). */
export interface DetachedSubscription {
  readonly database: string
  readonly subscription: string
}

/**
 * Disables the subscriptions that came along and detaches their slots (H24): those belong to the source, and dropping a
 * subscription of the fork must not drop them at the publisher. The fork runs without apply workers until then.
 *
 * In the catalog, which all databases share: `ALTER SUBSCRIPTION` would need a session in each of them, which a database that
 * lets nobody connect doesn't give, and in which an event trigger may refuse it.
 */
export async function detachSubscriptions(client: Client): Promise<DetachedSubscription[]> {
  const { rows } = await client.query<DetachedSubscription>(
    `with detached as (update pg_subscription set subenabled = false, subslotname = null returning subdbid, subname)
     select datname as database, subname as subscription
       from detached join pg_database on pg_database.oid = subdbid order by subname`,
  )
  return rows
}
