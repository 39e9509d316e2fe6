import { expect, test } from 'vitest'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, snapshotOf, upTo, write, writeMany } from './describe-moments.ts'

await describeOn('ext4', { settings: { autovacuum: 'off' } }, (bench) => {
  test('H79: a snapshot that is a base backup leads to moments after its end, and to none before', async () => {
    const { source } = bench
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    const [first] = await writeMany(source, 1, 2)
    await using snapshot = await snapshotOf(bench, 'backup')
    expect(snapshot.consistency).toBe('backup')
    const third = await write(source, 3)
    await writeMany(source, 4, 2)
    await using fork = await bench.fork({ source: snapshot, at: third.after.location })
    expect(await eventsIn(fork)).toEqual(upTo(3))
    await using later = await bench.fork({ source: snapshot, at: { after: third.transaction } })
    expect(await eventsIn(later)).toEqual(upTo(3))
    await fork.reset()
    expect(await eventsIn(fork)).toEqual(upTo(3))
    await expect(bench.fork({ source: snapshot, at: first?.after.location ?? '' })).rejects.toMatchObject({
      code: 'MOMENT_NOT_COVERED',
      step: 'moment',
    })
  })
})
