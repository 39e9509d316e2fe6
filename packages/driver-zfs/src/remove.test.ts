import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFile, fillVolume, makePair } from '../../../test/support/driver-fixture/index.ts'
import { createDataset, type Dataset, zpool } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { zfs } from './index.ts'

const hasty = zfs({ busyTimeoutMs: 300 })
let dataset: Dataset
let data: string
beforeAll(async () => {
  dataset = await createDataset()
  data = await fillVolume(dataset.path)
})
afterAll(() => dataset?.[Symbol.asyncDispose]())

const makeOne = (name: string) => makePair(hasty, data, name)
const isThere = (name: string): Promise<boolean> =>
  runner.run('zfs', ['list', name]).then(
    () => true,
    () => false,
  )

test('H51: a snapshot is held, and stays held while a clone needs it', async () => {
  const { context, snapshot, removeAll } = await makeOne('needed')
  const name = `${dataset.name}@pgfork-needed`
  const holds = async () => (await runner.run('zfs', ['holds', '-H', name])).stdout.split('\t')[1]
  expect(await holds()).toBe('pgfork')
  await expect(hasty.removeSnapshot(snapshot, context)).rejects.toMatchObject({
    code: 'BUSY',
    hazard: 'H51',
    message: expect.stringContaining(`${zpool}/pgfork/needed`),
  })
  expect(await holds()).toBe('pgfork')
  await removeAll()
})

test('H51: what others made of a clone, and what they hold, is named and stays', async () => {
  const { context, clone, snapshot, removeAll } = await makeOne('theirs')
  const theirs = `${zpool}/pgfork/theirs@theirs`
  await runner.run('zfs', ['snapshot', theirs])
  await expect(hasty.removeClone(clone, context)).rejects.toMatchObject({
    code: 'BUSY',
    hazard: 'H51',
    message: expect.stringContaining(theirs),
  })
  expect(await isThere(theirs)).toBe(true)
  await hasty.attach(clone, context)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
  await runner.run('zfs', ['destroy', theirs])
  await hasty.removeClone(clone, context)

  const held = `${dataset.name}@pgfork-theirs`
  await runner.run('zfs', ['hold', 'backup-job', held])
  await expect(hasty.removeSnapshot(snapshot, context)).rejects.toMatchObject({
    code: 'BUSY',
    message: expect.stringContaining('backup-job'),
  })
  await runner.run('zfs', ['release', 'backup-job', held])
  await removeAll()
})

test('H57: what is unmounted, released or destroyed from outside is no obstacle', async () => {
  const clone = `${zpool}/pgfork/outside`
  const snapshot = `${dataset.name}@pgfork-outside`
  for (const outside of [
    [`unmount ${clone}`],
    [`unmount ${clone}`, `destroy ${clone}`],
    [`release pgfork ${snapshot}`],
    [`unmount ${clone}`, `destroy ${clone}`, `release pgfork ${snapshot}`, `destroy ${snapshot}`],
  ]) {
    const { removeAll } = await makeOne('outside')
    for (const line of outside) await runner.run('zfs', line.split(' '))
    await removeAll()
    await removeAll()
  }
})

test('H57: a dataset with a name like ours and without our mark, or with an inherited one, is left alone', async () => {
  const { context, volume, clone, removeAll } = await makeOne('foreign')
  const name = `${zpool}/pgfork/foreign`
  await runner.run('zfs', ['inherit', 'pgfork:mark', name])
  await hasty.removeClone(clone, context)
  expect(context.warnings.at(-1)).toMatch(/doesn't have pgfork's mark/)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
  expect((await hasty.list(volume, context)).map(({ kind }) => kind)).toEqual(['snapshot'])
  await runner.run('zfs', ['set', 'pgfork:mark=clone', name])
  await runner.run('zfs', ['create', `${name}/child`])
  expect((await hasty.list(volume, context)).map(({ name }) => name).sort()).toEqual(['foreign', 'foreign'])
  await runner.run('zfs', ['destroy', `${name}/child`])
  await removeAll()
})
