import type pg from 'pg'
import { testedVersion } from '../cluster/index.ts'
import { query } from '../query.ts'

/** Before 13 a fork's subscription keeps the name of its slot, without which it is dropped. */
export const keepsSlotName = (): boolean => Number(testedVersion()) < 13

/** Drops a subscription of a fork as its user would. */
export async function dropSubscription(
  server: { readonly connection: pg.ClientConfig },
  subscription: string,
): Promise<void> {
  if (keepsSlotName()) await query(server, `ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE)`)
  await query(server, `DROP SUBSCRIPTION ${subscription}`)
}
