import { createSnapshot, type SnapshotDriver } from '@pgfork/core'
import { expect, test } from 'vitest'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, upTo, type Written, write } from './describe-moments.ts'

await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off' } }, (bench) => {
  /** A server makes its checkpoints when it likes, also between the beginning of a snapshot and the snapshot. */
  const meanwhile = (action: () => Promise<void>): SnapshotDriver => {
    const { driver } = bench.options
    return Object.assign(Object.create(driver), {
      async snapshot(...request: Parameters<typeof driver.snapshot>) {
        await action()
        await driver.snapshot(...request)
      },
    })
  }

  const eventsAt = async (source: Awaited<ReturnType<typeof createSnapshot>>, at: string) => {
    await using fork = await bench.fork({ source, at })
    return await eventsIn(fork)
  }

  test('H119: what was committed while a snapshot was being taken, in front of a checkpoint, is in no fork of a moment before', async () => {
    const { source } = bench
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await write(source, 1)
    const written: Written[] = []
    await using snapshot = await createSnapshot({
      ...{ source: source.dataDirectory, name: 'meanwhile', ...bench.options },
      driver: meanwhile(async () => {
        written.push(await write(source, 2))
        await source.query('CHECKPOINT')
      }),
    })
    const [second] = written as [Written]
    const third = await write(source, 3)
    await expect(eventsAt(snapshot, second.before.time)).rejects.toMatchObject({
      code: 'MOMENT_NOT_COVERED',
      facts: { nearestBefore: undefined },
    })
    expect(await eventsAt(snapshot, third.before.time)).toEqual(upTo(2))
    expect(await eventsAt(snapshot, third.after.time)).toEqual(upTo(3))
  })
})
