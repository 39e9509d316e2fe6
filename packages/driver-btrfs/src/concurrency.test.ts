import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runVerbs } from '../../../test/support/driver-process/index.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, obstacle, takeSnapshot } from './test-fixture.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

describe.skipIf(obstacle !== undefined)('several processes at once', () => {
  test('make and remove their own beside each other, the folder coming and going', async () => {
    await using storage = await createTestBtrfs()
    const volume = await btrfs().locate(storage.data, createContext())
    const results = await Promise.all(
      numbers(4).map((process) =>
        runVerbs({
          driver: 'btrfs',
          calls: numbers(8).flatMap((round) => {
            const snapshot = { volume, name: `s-${process}-${round}` }
            const clone = { volume, name: `c-${process}-${round}` }
            return [
              { verb: 'snapshot', argument: { snapshots: [snapshot] } },
              { verb: 'clone', argument: { ...clone, snapshot } },
              { verb: 'attach', argument: clone },
              { verb: 'list', argument: volume },
              { verb: 'removeSnapshot', argument: snapshot },
              { verb: 'removeClone', argument: clone },
            ] as const
          }),
        }),
      ),
    )
    const errors = results.flatMap(({ outcomes }) => outcomes.filter(({ error }) => error !== undefined))
    expect(errors).toEqual([])
    expect(await readdir(storage.path)).toEqual(['pg'])
  })

  test('H6: of those that want one name, one gets it', async () => {
    await using storage = await createTestBtrfs()
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'shared', context)
    const results = await Promise.all(
      numbers(4).map(() =>
        runVerbs({
          driver: 'btrfs',
          calls: numbers(10).map((round) => ({ verb: 'clone', argument: { volume, name: `c-${round}`, snapshot } })),
        }),
      ),
    )
    const outcomes = results.flatMap((result) => result.outcomes)
    expect(outcomes.filter(({ error }) => error === undefined)).toHaveLength(10)
    expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set([undefined, 'TARGET_EXISTS']))
    for (const { path } of (await driver.list(volume, context)).filter(({ kind }) => kind === 'clone'))
      expect(await readFile(join(path ?? '', 'main', 'PG_VERSION'), 'utf8')).toBe('15\n')
  })

  test('removing the same at the same time succeeds for all', async () => {
    await using storage = await createTestBtrfs()
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const names = numbers(10).map((number) => `s-${number}`)
    for (const name of names) await takeSnapshot(driver, volume, name, context)
    const results = await Promise.all(
      numbers(4).map(() =>
        runVerbs({
          driver: 'btrfs',
          calls: names.map((name) => ({ verb: 'removeSnapshot', argument: { volume, name } })),
        }),
      ),
    )
    expect(results.flatMap(({ outcomes }) => outcomes.filter(({ error }) => error !== undefined))).toEqual([])
    expect(results.flatMap(({ warnings }) => warnings)).toEqual([])
    expect(await readdir(storage.path)).toEqual(['pg'])
  })
})
