import { medianOf } from '../statistics.ts'
import { timed } from '../testing/time.ts'
import type { Branch } from './tree.ts'

export interface BranchFigures {
  readonly connectMs: number
  readonly pointMs: number
  readonly rangeMs: number
  readonly updateMs: number
}

const [points, ranges, updates, rangeRows] = [200, 20, 50, 1000]

/** What a client of a branch sees. The connection is new, and gone afterwards. */
export async function measureBranch(branch: Branch, rows: number): Promise<BranchFigures> {
  const [connectMs, client] = await timed(async () => {
    const connected = await branch.connect()
    await connected.query('SELECT 1')
    return connected
  })
  const repeat = async (count: number, query: (id: number) => Promise<unknown>): Promise<number> => {
    const times: number[] = []
    // Spread over the table, the same in every branch.
    for (let index = 1; index <= count; index++) times.push((await timed(() => query((index * 7919) % rows)))[0])
    return medianOf(times)
  }
  const point = 'SELECT balance FROM accounts WHERE id = $1'
  const range = `SELECT sum(balance) FROM accounts WHERE id BETWEEN $1 AND $1 + ${rangeRows}`
  const update = 'UPDATE accounts SET balance = balance + 1 WHERE id = $1'
  const figures = {
    connectMs,
    pointMs: await repeat(points, (id) => client.query(point, [id])),
    rangeMs: await repeat(ranges, (id) => client.query(range, [id])),
    updateMs: await repeat(updates, (id) => client.query(update, [id])),
  }
  await client.end()
  return figures
}
