import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { describeHistory, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { stopProcess } from '../../support/frozen/stop-process.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { waitUntil } from '../../support/wait-until.ts'
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
        const begun = performance.now()
        await write(source, ++id)
        await source.query('SELECT pg_switch_wal()')
        // Each is copied, in about the time that it was written in: on a busy machine, too, there are fewer with each copying.
        await delay(3 * (performance.now() - begun))
      }
    })()
    // It is told when the forks are over.
    writing.catch(() => undefined)
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

  test('H79: more is written while a fork copies than it holds until the checkpoint', async () => {
    const { source, stateDirectory } = bench
    const request = { source: source.dataDirectory, ...bench.options }
    await recordInTurn(request)
    await fillSegments(source, 20)
    const { walDirectory } = await describeHistory(request)
    const known = await readdir(walDirectory)
    await using forking = await startForkProcess(stateDirectory)
    const pending = forking.create({ source: source.dataDirectory, checkpoint: true, durability: 'throwaway' })
    pending.catch(() => undefined)
    await waitUntil(async () => (await readdir(walDirectory)).length > known.length + 1, {
      ...{ timeoutMs: 60_000, pauseMs: 1, what: 'segment that is copied' },
    })
    {
      await using _stopped = await stopProcess(forking.pid)
      expect((await readdir(walDirectory)).length).toBeLessThan(known.length + 20)
      await fillSegments(source, 45)
    }
    const { name } = await pending
    await forking.perform('destroy', name)
    await recordInTurn(request)
    expect((await describeHistory(request)).gaps).toEqual([])
    await removeHistory(request)
  })
})

/** All of them in a moment. */
const fillSegments = (source: Cluster, count: number) =>
  source.query(
    `DO $$BEGIN FOR segment IN 1..${count} LOOP PERFORM pg_logical_emit_message(false, '', ''), pg_switch_wal(); END LOOP; END$$`,
  )
