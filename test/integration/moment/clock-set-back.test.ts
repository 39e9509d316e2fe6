import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type ListChangesOptions, listChanges, type RecordedHistory, recordHistory, removeHistory } from '@pgfork/core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, keepAll, recordInTurn, upTo, type Written, write } from './describe-moments.ts'

const hourMs = 60 * 60 * 1000

await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off' } }, (bench) => {
  const request = () => ({ source: bench.source.dataDirectory, ...bench.options })
  const written: Written[] = []

  beforeAll(async () => {
    await bench.source.query('CREATE TABLE events (id int PRIMARY KEY)')
    // Where its tablespaces are as young as its last checkpoint, each snapshot begins with another one (H1).
    const before = new Date(Date.now() - hourMs)
    await utimes(join(bench.source.dataDirectory, 'pg_tblspc'), before, before)
    // The WAL of the snapshots begins here.
    await bench.source.query('CHECKPOINT')
    await recordInTurn(request())
    for (const id of [1, 2]) written.push(await write(bench.source, id))
    await recordAt(-hourMs)
    for (const id of [3, 4]) written.push(await write(bench.source, id))
  })
  afterEach(() => vi.unstubAllGlobals())
  afterAll(() => removeHistory(request()))

  /** While the clock is set back. */
  async function recordAt(shiftMs: number): Promise<RecordedHistory> {
    vi.stubGlobal('Date', shiftedBy(shiftMs))
    try {
      return await recordHistory({ ...request(), keep: keepAll })
    } finally {
      vi.unstubAllGlobals()
    }
  }

  async function listed(range: Pick<ListChangesOptions, 'from' | 'to'>): Promise<number[]> {
    const found: number[] = []
    for await (const { transaction } of listChanges({ ...request(), ...range })) found.push(transaction)
    return found
  }

  test('H107: a snapshot that was taken while the clock was an hour behind: no fork holds what was committed after its moment', async () => {
    const [first, , third] = written as [Written, Written, Written]
    await using before = await bench.fork({ at: first.after.time })
    expect(await eventsIn(before)).toEqual([1])
    expect(before.moment?.firstExcluded?.transaction).toBe(Number(written[1]?.transaction))
    await using behind = await bench.fork({ at: third.after.time })
    expect(await eventsIn(behind)).toEqual(upTo(3))
  })

  test('H107: such a snapshot hides no changes', async () => {
    const numbers = written.map(({ transaction }) => Number(transaction))
    const [first, second, third, fourth] = written as [Written, Written, Written, Written]
    expect(await listed({ from: first.before.time, to: fourth.after.time })).toEqual(numbers)
    expect(await listed({ from: second.before.time, to: third.before.time })).toEqual(numbers.slice(1, 2))
    expect(await listed({ from: first.before.time, to: first.after.time })).toEqual(numbers.slice(0, 1))
  })

  test('H107: where no older snapshot tells that the clock was set back, the WAL does, and the moment is refused', async () => {
    await recordAt(-hourMs / 2)
    const { transaction } = await write(bench.source, 5)
    const refused = await bench.fork({ at: new Date(Date.now() - hourMs / 4) }).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'MOMENT_NOT_COVERED',
      facts: { transaction: Number(written[0]?.transaction) },
    })
    await using fork = await bench.fork({ at: { before: transaction } })
    expect(await eventsIn(fork)).toEqual(upTo(4))
  })

  test('H107: a transaction that came into the WAL behind one with a later time is told', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => bench.source.client()))
    const from = new Date().toISOString()
    /** Of several at once, some take their time and come after others; which ones is up to chance. */
    const findLate = async () => {
      await Promise.all(
        clients.map(async (client) => {
          await client.query('SET synchronous_commit = off')
          for (let turn = 0; turn < 300; turn++) await client.query('INSERT INTO late DEFAULT VALUES')
        }),
      )
      const all: { readonly time: string; readonly transaction: number }[] = []
      for await (const { time, transaction } of listChanges({ ...request(), from })) all.push({ time, transaction })
      const index = all.findIndex(({ time }, at) => at > 0 && time < (all[at - 1]?.time ?? ''))
      return index > 0 && { late: all[index]?.transaction, to: all[index - 1]?.time ?? '' }
    }
    try {
      await bench.source.query('CREATE TABLE late (id serial)')
      const { late, to } = await waitUntil(findLate, { timeoutMs: 60_000, what: 'transaction that came late' })
      expect(await listed({ from, to })).toContain(late)
    } finally {
      await Promise.all(clients.map((client) => client.end()))
    }
  })
})

const shiftedBy = (shiftMs: number): typeof Date => {
  const Real = Date
  return class extends Real {
    constructor(...parts: unknown[]) {
      super(...((parts.length === 0 ? [Real.now() + shiftMs] : parts) as [number]))
    }
    static override now(): number {
      return Real.now() + shiftMs
    }
  } as typeof Date
}
