import { describeHistory, type Fork, listChanges, type Moment, removeHistory } from '@pgfork/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { promoteStandby } from '../../support/cluster/index.ts'
import { runner } from '../../support/system/runner.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, recordInTurn, upTo, type Written, write } from './describe-moments.ts'

await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off', wal_keep_size: '256MB' } }, (bench) => {
  const request = () => ({ source: bench.source.dataDirectory, ...bench.options })
  const written: Written[] = []
  const writeEach = async (...ids: readonly number[]): Promise<void> => {
    for (const id of ids) written[id] = await write(bench.source, id)
  }
  const at = (id: number): Written => written[id] as Written

  beforeAll(async () => {
    const { source } = bench
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await recordInTurn(request())
    await writeEach(1, 2)
    await recordInTurn(request())
    await source.stop()
    const older = `${source.dataDirectory}.older`
    await runner.run('cp', ['-a', source.dataDirectory, older])
    await source.start()
    await writeEach(3, 4)
    await recordInTurn(request())
    await writeEach(5, 6)
    await recordInTurn(request())
    await source.stop()
    await runner.run('rm', ['-r', source.dataDirectory])
    await runner.run('mv', [older, source.dataDirectory])
    await runner.run('cp', ['-a', `${source.dataDirectory}/PG_VERSION`, `${source.dataDirectory}/standby.signal`])
    await source.start()
    await promoteStandby(source)
    // They have the numbers of the third and the fourth.
    await writeEach(7, 8)
    await recordInTurn(request())
    await writeEach(9)
  })
  afterAll(() => removeHistory(request()))

  const eventsAt = async (moment: Moment): Promise<number[]> => {
    await using fork: Fork = await bench.fork({ at: moment })
    return await eventsIn(fork)
  }
  const refused = (moment: Moment) => eventsAt(moment).catch((error: unknown) => error)

  test('H108: an older state was put back on a new timeline: by time, a fork holds what the source held then', async () => {
    expect(await eventsAt(at(1).after.time)).toEqual([1])
    expect(await eventsAt(at(5).after.time)).toEqual(upTo(5))
    for (const id of [7, 8, 9]) expect(await eventsAt(at(id).after.time)).toEqual([1, 2, ...upTo(id, 7)])
    // Of what was given up before the next snapshot, no fork is made.
    for (const id of [3, 4]) {
      expect(await refused(at(id).after.time)).toMatchObject({ code: 'MOMENT_NOT_COVERED', hazard: 'H108' })
      const wal = { restoreCommand: 'test -e %f && cp %f %p' }
      const archived = await bench.fork({ at: at(id).after.time, wal }).catch((error: unknown) => error)
      expect(archived).toMatchObject({ code: 'MOMENT_NOT_COVERED', hazard: 'H108' })
    }
  })

  test('H108: by location, the current timeline is meant; the number of two transactions is none', async () => {
    for (const id of [7, 8, 9]) expect(await eventsAt(at(id).after.location)).toEqual([1, 2, ...upTo(id, 7)])
    expect(at(7).transaction).toBe(at(3).transaction)
    for (const id of [7, 8])
      expect(await refused({ before: at(id).transaction })).toMatchObject({ code: 'MOMENT_NOT_FOUND', hazard: 'H108' })
    expect(await eventsAt({ before: at(6).transaction })).toEqual(upTo(5))
  })

  test('H108: the history goes on: no snapshot goes for another one, no WAL of before is written over, and nothing is told twice', async () => {
    const { snapshots, gaps, latest } = await describeHistory(request())
    expect(snapshots).toHaveLength(5)
    expect(gaps).toEqual([])
    expect(Date.parse(latest?.time ?? '')).toBeGreaterThan(Date.parse(at(9).before.time))
    const told: string[] = []
    for await (const { transaction } of listChanges(request())) told.push(String(transaction))
    expect(told.sort()).toEqual([1, 2, 5, 6, 7, 8, 9].map((id) => at(id).transaction).sort())
  })
})
