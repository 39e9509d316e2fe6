import type pg from 'pg'
import type { Acknowledged, CommitName, History, Issued } from './history.ts'
import { readLedger, type SequenceRange } from './read-ledger.ts'

export interface CheckForkOptions {
  /**
   * The source ran with `synchronous_commit = off`, and didn't crash: acknowledged commits may be missing from the end,
   * but nothing in between. Default false: all that was acknowledged must be there.
   */
  readonly asynchronousCommit?: boolean
}

/** What a fork holds of the writers' transactions, and everything that is wrong with it. */
export interface ForkReport {
  readonly isConsistent: boolean
  /** Transactions in the fork. */
  readonly present: number
  /** Acknowledged before the fork was asked for, yet absent. */
  readonly lost: readonly CommitName[]
  /** Absent although acknowledged before another one, which is present, began: no prefix of the WAL looks like this. */
  readonly gaps: readonly CommitName[]
  /** Present, but no writer had begun it. */
  readonly neverIssued: readonly CommitName[]
  /** A sentence for each transaction of which only a part is there. */
  readonly halves: readonly string[]
}

/**
 * Compares a server with the writers' history. `issuedUntil` is omitted where it isn't known, as when the history was
 * read from a log; then nothing counts as never issued.
 */
export async function checkFork(
  client: pg.Client,
  acknowledgedBefore: Acknowledged,
  issuedUntil?: Issued,
  { asynchronousCommit = false }: CheckForkOptions = {},
): Promise<ForkReport> {
  const { ranges, halves } = await readLedger(client)
  const { history, untilTick } = acknowledgedBefore
  const newestTick = ranges.reduce(
    (tick, { writer, last }) => Math.max(tick, history.issuedTick({ writer, sequence: last }) ?? 0),
    0,
  )
  const absent = listAbsent(history, ranges)
  const acknowledgedBy = (tick: number) => (name: CommitName) => (history.acknowledgedTick(name) ?? Infinity) <= tick
  const lost = absent.filter(acknowledgedBy(untilTick))
  const gaps = absent.filter(acknowledgedBy(newestTick))
  const neverIssued = issuedUntil === undefined ? [] : listNeverIssued(issuedUntil, ranges)
  const isWrong = gaps.length + neverIssued.length + halves.length > 0 || (lost.length > 0 && !asynchronousCommit)
  const present = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  return { isConsistent: !isWrong, present, lost, gaps, neverIssued, halves }
}

/** All transactions that a writer began and the ledger doesn't hold. */
function listAbsent(history: History, ranges: readonly SequenceRange[]): CommitName[] {
  const absent: CommitName[] = []
  for (let writer = 0; writer < history.writers; writer++) {
    let next = 1
    const end = history.lastIssued(writer, Infinity) + 1
    for (const { first, last } of [...ranges.filter((range) => range.writer === writer), { first: end, last: end }]) {
      for (let sequence = next; sequence < first; sequence++) absent.push({ writer, sequence })
      next = last + 1
    }
  }
  return absent
}

function listNeverIssued({ history, untilTick }: Issued, ranges: readonly SequenceRange[]): CommitName[] {
  const foreign: CommitName[] = []
  for (const { writer, first, last } of ranges) {
    const known = history.lastIssued(writer, untilTick)
    for (let sequence = Math.max(first, known + 1); sequence <= last; sequence++) foreign.push({ writer, sequence })
    if (first < 1) foreign.push({ writer, sequence: first })
  }
  return foreign
}
