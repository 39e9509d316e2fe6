import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runVerbs } from '../../../test/support/driver-process/index.ts'
import { createXfs } from '../../../test/support/storage/index.ts'
import { copy } from './index.ts'
import { createContext, createTree, obstacle, takeSnapshot } from './test-fixture.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

describe.skipIf(obstacle !== undefined)('several processes at once', () => {
  test('make and remove their own beside each other; H6: one name goes to one of them', async () => {
    await using tree = await createTree(createXfs)
    const directory = join(tree.path, 'forks')
    const [driver, context] = [copy({ directory }), createContext()]
    const volume = await driver.locate(tree.data, context)
    const shared = await takeSnapshot(driver, volume, 'shared', context)
    const results = await Promise.all(
      numbers(4).map((process) =>
        runVerbs({
          driver: 'copy',
          options: { directory },
          calls: numbers(5).flatMap((round) => {
            const own = { volume, name: `s-${process}-${round}` }
            const clone = { volume, name: `c-${process}-${round}` }
            return [
              { verb: 'snapshot', argument: { snapshots: [own] } },
              { verb: 'clone', argument: { ...clone, snapshot: own, consumeSnapshot: true } },
              { verb: 'list', argument: volume },
              { verb: 'removeClone', argument: clone },
              { verb: 'clone', argument: { volume, name: `contended-${round}`, snapshot: shared } },
            ] as const
          }),
        }),
      ),
    )
    const outcomes = results.flatMap((result) => result.outcomes)
    const errors = outcomes.filter(({ error }) => error !== undefined)
    expect(new Set(errors.map(({ error }) => error?.code))).toEqual(new Set(['TARGET_EXISTS']))
    expect(errors).toHaveLength(15)
    const left = await driver.list(volume, context)
    expect(
      left
        .filter(({ kind }) => kind === 'clone')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(numbers(5).map((round) => `contended-${round}`))
    const removals = await Promise.all(
      numbers(3).map(() =>
        runVerbs({
          driver: 'copy',
          options: { directory },
          calls: left.map(({ kind, name }) => ({
            verb: kind === 'clone' ? 'removeClone' : 'removeSnapshot',
            argument: { volume, name },
          })),
        }),
      ),
    )
    expect(removals.flatMap((result) => result.outcomes.filter(({ error }) => error !== undefined))).toEqual([])
    expect(await readdir(directory)).toEqual([])
  })
})
