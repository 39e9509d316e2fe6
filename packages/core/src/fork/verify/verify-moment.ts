import type { Client } from 'pg'
import { historyFileName } from '../../postgres/files/history-files.ts'
import { formatLocation, parseLocation } from '../../postgres/files/location.ts'
import { parseHistory } from '../../postgres/files/timeline-history.ts'
import { followsOn } from '../../postgres/wal/page-header.ts'
import type { StartableFork } from '../../records/fork-record.ts'
import { checkList } from './check-list.ts'
import type { Check } from './verification.ts'

/**
 * That a fork of a past moment left its source's history right there, as its own history file says, with the last commit that is in.
 * The number of the first one that is out tells nothing: the fork's own transactions may have got it.
 *
 * @throws PgforkError `VERIFICATION_FAILED`
 */
export async function verifyMoment(client: Client, fork: StartableFork): Promise<Check[]> {
  const { moment, timeline } = fork
  if (moment === undefined || timeline === undefined) return []
  const { checks, check } = checkList(fork.name)
  const { rows } = await client.query<{ history: string }>("select pg_read_file('pg_wal/' || $1) as history", [
    historyFileName(timeline),
  ])
  const left = parseHistory(rows[0]?.history ?? '', timeline)?.at(-2)
  const found = left === undefined ? 'no such line' : `${formatLocation(left.end)} on timeline ${left.timeline}`
  const expected = `${moment.location} on timeline ${moment.timeline}`
  const isThere = left?.timeline === moment.timeline && followsOn(left.end, parseLocation(moment.location))
  check(`began at ${expected}`, isThere, found)
  const { lastCommit } = moment
  if (lastCommit !== undefined) {
    const status = await statusOf(client, lastCommit.transaction)
    const isIn = status === 'committed' || status === 'long ago'
    check(`holds transaction ${lastCommit.transaction}, committed at ${lastCommit.time}`, isIn, status)
  }
  return checks
}

/** `committed`, `aborted` or `in progress`; `long ago`, where its end is known to be settled, and `not begun`. */
async function statusOf(client: Client, transaction: number): Promise<string> {
  const { rows } = await client.query<{ next: string }>(
    'select txid_snapshot_xmax(txid_current_snapshot())::text as next',
  )
  const full = widen(transaction, BigInt(rows[0]?.next ?? 0))
  if (full >= BigInt(rows[0]?.next ?? 0)) return 'not begun'
  const found = await client.query<{ status: string | null }>('select txid_status($1::bigint) as status', [
    String(full),
  ])
  return found.rows[0]?.status ?? 'long ago'
}

/** The lower half of a number that lies near another one. */
function widen(low: number, near: bigint): bigint {
  const distance = BigInt.asIntN(32, BigInt(low) - near)
  return near + distance
}
