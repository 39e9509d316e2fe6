import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { isOlder } from '../postgres/wal/transaction-order.ts'
import { isClean } from './choose-consistency.ts'

/** What is visible ends with the newest one that has ended: those behind it, which are at work or prepared, are asked for by themselves. */
const numbers = `
  select txid_snapshot_xmax(txid_current_snapshot())::text as next
  union all select (backend_xid::text::bigint + 1)::text from pg_stat_activity where backend_xid is not null
  union all select (transaction::text::bigint + 1)::text from pg_prepared_xacts`

/** The lower 32 bits of a number that no transaction has got yet, without taking one; undefined where the source doesn't tell. */
export async function readNextTransaction({ client, inspection }: InspectedSource): Promise<number | undefined> {
  // When a server stops, prepared transactions stay.
  if (client === undefined) return isClean(inspection) ? inspection.control.nextTransaction : undefined
  const asked = client.query<{ next: string }>(numbers)
  const rows = (await asked.catch(() => undefined))?.rows
  const low = rows?.map(({ next }) => Number(BigInt.asUintN(32, BigInt(next))))
  return low?.reduce((highest, next) => (isOlder(highest, next) ? next : highest))
}
