import type { Client } from 'pg'

/** A subscription that the fork does not follow any more (H24). */
export interface DetachedSubscription {
  readonly database: string
  readonly subscription: string
}

/**
 * Leads to no server: there is no socket below a device. From 16 on, one whose owner is no superuser is not even dropped without a
 * password.
 */
const nowhere = "host=/dev/null password=none application_name='detached by pgfork'"

/**
 * Disables the subscriptions that came along and detaches them from their slots and from the publisher (H24): the slots belong to the
 * source, and dropping a subscription of the fork must not drop them. From 14 on there is one more for each table whose first copy is
 * under way, named after the system identifier, which the fork has, too: `DROP SUBSCRIPTION` looks for them at the publisher although
 * the subscription has no slot (`DropSubscription` in subscriptioncmds.c). The fork runs without apply workers until then.
 *
 * Before 13 that catalog's column of the slot's name can't be emptied by SQL, by mistake. The name stays, and leads nowhere; whoever drops
 * the subscription is told to take it away: `ALTER SUBSCRIPTION .. SET (slot_name = NONE)`.
 *
 * In the catalog, which all databases share: `ALTER SUBSCRIPTION` would need a session in each of them, which a database that
 * lets nobody connect doesn't give, and in which an event trigger may refuse it.
 */
export async function detachSubscriptions(client: Client): Promise<DetachedSubscription[]> {
  const { rows } = await client.query<DetachedSubscription>(
    `with detached as (update pg_subscription set subenabled = false, subconninfo = $1,
                          subslotname = case when current_setting('server_version_num')::int < 130000 then subslotname end
                        returning subdbid, subname)
     select datname as database, subname as subscription
       from detached join pg_database on pg_database.oid = subdbid order by subname`,
    [nowhere],
  )
  return rows
}
