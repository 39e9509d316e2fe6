import { setTimeout as delay } from 'node:timers/promises'
import { describeHistory, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, recordInTurn, upTo, write } from './describe-moments.ts'

const count = byExtent(4, 8, 40)

/** There are files for what is written next, as on every server that has been at work for a while; and no checkpoints of its own. */
const settings = { autovacuum: 'off', min_wal_size: '640MB', max_wal_size: '16GB' }

await describeOn('btrfs', { sizeMb: 16_000, settings }, (bench) => {
  test(`H79: no checkpoint of ${count} forks makes a gap, whatever is written until it comes`, async () => {
    const { source } = bench
    const request = { source: source.dataDirectory, ...bench.options }
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    for (let round = 0; round < 40; round++) await source.query('SELECT txid_current(); SELECT pg_switch_wal()')
    await source.query('CHECKPOINT')
    await recordInTurn(request)
    let [id, isOver] = [0, false]
    const writing = (async () => {
      while (!isOver) {
        await write(source, ++id)
        await source.query('SELECT pg_switch_wal()')
        // Each takes 16 MB, until the history is removed.
        await delay(20)
      }
    })()
    try {
      for (let made = 0; made < count; made++) {
        await using fork = await bench.fork({ checkpoint: true, durability: 'throwaway' })
        expect((await eventsIn(fork)).length).toBeGreaterThan(0)
      }
    } finally {
      isOver = true
      await writing
    }
    await recordInTurn(request)
    const { gaps } = await describeHistory(request)
    expect(gaps).toEqual([])
    await using fork = await bench.fork({ at: new Date() })
    expect(await eventsIn(fork)).toEqual(upTo(id))
    await removeHistory(request)
  })
})
