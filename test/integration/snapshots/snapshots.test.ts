import { createSnapshot } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE origin (id int PRIMARY KEY); INSERT INTO origin VALUES (1)')
  })

  const idsIn = async (server: Parameters<typeof query>[0]) =>
    (await query<{ id: number }>(server, 'SELECT id FROM origin ORDER BY id')).map(({ id }) => id)

  test('many forks are made from one snapshot, each as of that moment, also when its source has stopped', async () => {
    const { source, options } = bench
    await using snapshot = await createSnapshot({ source: source.dataDirectory, name: 'picture', ...options })
    await source.query('INSERT INTO origin VALUES (2)')
    try {
      const [one, two] = await Promise.all([bench.fork({ source: snapshot }), bench.fork({ source: snapshot })])
      await using first = one
      await using second = two
      expect(new Set([first.timeline, second.timeline])).toEqual(new Set([2, 3]))
      await query(first, 'INSERT INTO origin VALUES (10)')
      await query(second, 'INSERT INTO origin VALUES (20)')
      await source.stop()
      await using third = await bench.fork({ source: snapshot })
      expect([await idsIn(first), await idsIn(second), await idsIn(third)]).toEqual([[1, 10], [1, 20], [1]])
      // A fork destroyed leaves the snapshot and its siblings, a reset goes back to it.
      await third.destroy()
      await first.reset()
      expect([await idsIn(first), await idsIn(second)]).toEqual([[1], [1, 20]])
    } finally {
      if (!source.isRunning()) await source.start()
      await source.query('DELETE FROM origin WHERE id = 2')
    }
    expect(await idsIn(source)).toEqual([1])
  })
})
