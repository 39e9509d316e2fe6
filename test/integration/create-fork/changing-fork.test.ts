import { createFork, createSnapshot, type SnapshotDriver } from '@pgfork/core'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  /** Does something right before the files are captured. */
  const driverThat = (meddle: () => Promise<unknown>): SnapshotDriver => {
    const { driver } = bench.options
    return {
      ...driver,
      snapshot: async (...parameters) => {
        await meddle()
        return driver.snapshot(...parameters)
      },
    }
  }

  test('H76: no fork is made of one that is being reset: what its prepare is to mask would be in it', async () => {
    await bench.source.query("CREATE TABLE people (name text); INSERT INTO people VALUES ('Ada')")
    const found: unknown[] = []
    let isReset = false
    await using masked = await bench.fork({
      name: 'masked',
      async prepare(client) {
        if (isReset)
          for (const source of [masked, masked.connectionString, masked.dataDirectory])
            found.push(
              await createFork({ ...bench.options, source, name: 'unmasked' }).then(
                async (fork) => {
                  const rows = await query(fork, 'SELECT name FROM people')
                  await fork.destroy()
                  return rows
                },
                (error: unknown) => error,
              ),
            )
        await client.query("UPDATE people SET name = 'nobody'")
      },
    })
    isReset = true
    await masked.reset()
    const refused = { code: 'FORK_NOT_READY', facts: { name: 'masked', status: 'resetting' } }
    expect(found).toMatchObject([refused, refused, refused])
    await using child = await createFork({ ...bench.options, source: masked })
    expect(await query(child, 'SELECT name FROM people')).toEqual([{ name: 'nobody' }])
  })

  test('H76: what was captured of a fork that was reset, or removed, meanwhile is no fork', async () => {
    await using parent = await bench.fork({ name: 'parent' })
    for (const make of [createFork, createSnapshot]) {
      const driver = driverThat(() => parent.reset())
      const made = make({ ...bench.options, source: parent, name: 'child', driver })
      await expect(made).rejects.toMatchObject({ code: 'SOURCE_CHANGED', leftBehind: [] })
    }
    await parent.stop()
    const destroyed = createSnapshot({
      ...bench.options,
      ...{ source: parent, name: 'picture', driver: driverThat(() => parent.destroy()) },
    })
    await expect(destroyed).rejects.toMatchObject({ leftBehind: [] })
    await expectNothingLeft(bench)
  })

  test('a name that a snapshot has is refused before the source makes a checkpoint', async () => {
    await using _snapshot = await createSnapshot({
      ...bench.options,
      source: bench.source.dataDirectory,
      name: 'taken',
    })
    const [before] = await bench.source.query('SELECT checkpoint_lsn FROM pg_control_checkpoint()')
    for (const make of [createFork, createSnapshot]) {
      const made = make({ ...bench.options, source: bench.source.dataDirectory, name: 'taken', checkpoint: true })
      await expect(made).rejects.toMatchObject({ code: 'NAME_TAKEN', leftBehind: [] })
    }
    expect(await bench.source.query('SELECT checkpoint_lsn FROM pg_control_checkpoint()')).toEqual([before])
  })
})
