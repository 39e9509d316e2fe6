import type { Client } from 'pg'

/**
 * Background workers that the server itself didn't start (H25): a last look at what the policy on preloaded libraries let
 * through.
 */
export async function findForeignWorkers(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ type: string }>(
    // What the view pg_stat_activity is made of, without the roles and databases that it looks up.
    `select distinct backend_type as type from pg_stat_get_activity(null)
      where backend_type not in ('client backend', 'parallel worker', 'startup', 'checkpointer', 'background writer', 'walwriter',
            'autovacuum launcher', 'autovacuum worker', 'logical replication launcher', 'archiver', 'walsender', 'walreceiver',
            'walsummarizer', 'slotsync worker', 'logger', 'stats collector', 'standalone backend', 'io worker')
      order by 1`,
  )
  return rows.map(({ type }) => type)
}
