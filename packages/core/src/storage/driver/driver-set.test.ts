import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createContext, postgres } from '../../../../../test/support/driver-fixture/index.ts'
import { createMemoryStorage } from '../../../../../test/support/memory-storage.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { DriverSet, type VolumeCopy } from './driver-set.ts'

const memory = await createMemoryStorage()
afterAll(() => memory[Symbol.asyncDispose]())
const context = createContext()
const options = { singleUse: false }

const ofPool = await memory.driver({ name: 'pooled', pools: ['a', 'b'], facts: { atomicity: 'pool' } })
const ofVolume = memory.driver({
  name: 'single',
  pools: ['c'],
  facts: { atomicity: 'volume', clonePinsSnapshot: true },
})
const ofNone = memory.driver({ name: 'copying', pools: ['d'], facts: { cloneSharesFileSystem: false } })
const drivers = new DriverSet([ofPool, ofVolume, ofNone])

async function copiesOf(...volumes: [name: string, pool: string][]): Promise<VolumeCopy[]> {
  const copies: VolumeCopy[] = []
  for (const [name, pool] of volumes)
    copies.push({ ...(await drivers.locate(await memory.volume(name, pool), context)), name: `${name}.copy` })
  return copies
}

test('each volume belongs to the driver that serves it', async () => {
  const copies = await copiesOf(['a1', 'a'], ['c1', 'c'], ['d1', 'd'])
  expect(copies.map(({ driver }) => driver)).toEqual(['pooled', 'single', 'copying'])
  await expect(drivers.named('gone')).rejects.toMatchObject({
    code: 'DRIVER_NOT_FOUND',
    message: expect.stringContaining('storage driver gone'),
  })
})

test.each([
  ['one volume of an atomic driver', [['a', 'a']], true],
  [
    'volumes of one pool',
    [
      ['a', 'a'],
      ['a', 'a'],
    ],
    true,
  ],
  [
    'volumes of two pools',
    [
      ['a', 'a'],
      ['b', 'b'],
    ],
    false,
  ],
  ['one volume of a driver that captures each for itself', [['c', 'c']], true],
  [
    'two of them, of one pool',
    [
      ['c', 'c'],
      ['c', 'c'],
    ],
    false,
  ],
  ['one volume that is copied', [['d', 'd']], false],
  [
    'volumes of two drivers',
    [
      ['a', 'a'],
      ['c', 'c'],
    ],
    false,
  ],
  ['none at all', [], false],
] as [string, [string, string][], boolean][])('H4: one instant? %s: %o %s', async (title, volumes, expected) => {
  const named = volumes.map(([name, pool], index): [string, string] => [
    `${title.replaceAll(/\W/g, '')}-${name}${index}`,
    pool,
  ])
  expect(await drivers.areCapturedAtOneInstant(await copiesOf(...named))).toBe(expected)
})

test('H4: a driver gets all its volumes in one call, so that what can be captured together is', async () => {
  const copies = await copiesOf(['g1', 'a'], ['g2', 'c'], ['g3', 'a'])
  const calls: string[][] = []
  const original = ofPool.snapshot.bind(ofPool)
  ofPool.snapshot = async (request, given) => {
    calls.push(request.snapshots.map(({ name }) => name))
    await original(request, given)
  }
  await drivers.snapshot(copies, options, context)
  ofPool.snapshot = original
  expect(calls).toEqual([['g1.copy', 'g3.copy']])
  expect(ofVolume.verbs.at(-1)).toBe('snapshot g2.copy')
})

test('one fails: what was made before can be removed, and so can what was never begun', async () => {
  const copies = await copiesOf(['f1', 'a'], ['f2', 'c'], ['f3', 'd'])
  const failure = new PgforkError('NO_SPACE', 'full')
  const failing = memory.driver({
    name: 'single',
    before: (verb) => {
      if (verb === 'snapshot') throw failure
    },
  })
  const set = new DriverSet([ofPool, failing, ofNone])
  await expect(set.snapshot(copies, options, context)).rejects.toBe(failure)
  const [made, ...rest] = copies as [VolumeCopy, ...VolumeCopy[]]
  expect((await set.list(made, context)).map(({ driver, name }) => `${driver} ${name}`)).toContain('pooled f1.copy')
  for (const copy of [...rest, made, made]) await set.removeSnapshot(copy, context)
  const left = memory.storage.items.filter(({ name }) => /^f\d/.test(name))
  expect(left).toEqual([])
})

test('a clone over several drivers: each part is made, attached and removed by its own', async () => {
  const copies = await copiesOf(['c-a', 'a'], ['c-d', 'd'])
  for (const { volume } of copies) await writeFile(join(volume.root, 'file'), volume.pool)
  await drivers.snapshot(copies, options, context)
  for (const copy of copies) {
    const clone = { ...copy, snapshot: copy, consumeSnapshot: false }
    await drivers.clone(clone, context)
    const path = await drivers.attach(copy, context)
    await drivers.handOver(copy, postgres, context)
    expect(await readFile(join(path, 'file'), 'utf8')).toBe(copy.volume.pool)
    await drivers.removeClone(copy, context)
    await drivers.removeSnapshot(copy, context)
  }
  expect(ofPool.verbs).toContain('clone c-a.copy')
  expect(ofNone.verbs.slice(-6)).toEqual([
    'snapshot c-d.copy',
    'clone c-d.copy',
    'attach c-d.copy',
    'handOver c-d.copy',
    'removeClone c-d.copy',
    'removeSnapshot c-d.copy',
  ])
  expect((await readdir(memory.folder)).filter((name) => /^(snapshot|clone)-/.test(name))).toHaveLength(
    memory.storage.items.length,
  )
})

test('what one of the drivers states holds for all of them together', async () => {
  const [pooled, pinning, copying] = (await copiesOf(['s1', 'a'], ['s2', 'c'], ['s3', 'd'])) as [
    VolumeCopy,
    VolumeCopy,
    VolumeCopy,
  ]
  expect(await drivers.clonesPinSnapshots([pooled, copying])).toBe(false)
  expect(await drivers.clonesPinSnapshots([pooled, pinning])).toBe(true)
  expect(await drivers.clonesShareFileSystem([copying])).toBe(false)
  expect(await drivers.clonesShareFileSystem([copying, pooled])).toBe(true)
})
