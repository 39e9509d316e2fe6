import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createContext,
  dataFile,
  fillVolume,
  makeClone,
  postgres,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'
import { createDataset, type Dataset, zpool } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { zfs } from './index.ts'

const driver = zfs()
let dataset: Dataset
let data: string
beforeAll(async () => {
  dataset = await createDataset({
    properties: { recordsize: '8k', compression: 'off', atime: 'on', logbias: 'throughput', sharenfs: 'off' },
  })
  data = await fillVolume(dataset.path)
})
afterAll(() => dataset?.[Symbol.asyncDispose]())

const propertiesOf = async (name: string, properties: readonly string[]): Promise<Record<string, string>> => {
  const { stdout } = await runner.run('zfs', ['get', '-Hp', '-o', 'property,value', properties.join(','), name])
  return Object.fromEntries(stdout.split('\n').map((row) => row.split('\t')))
}

test("H52, H83: a clone has its origin's properties, and nobody else mounts, shares or prunes it", async () => {
  const context = createContext()
  const volume = await driver.locate(data, context)
  const snapshot = await takeSnapshot(driver, volume, 'one', context)
  await writeFile(dataFile(dataset.path), 'changed')
  const clone = await makeClone(driver, snapshot, 'with_underscore', context)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
  await writeFile(dataFile(clone.path), 'of the clone')
  expect(await readFile(dataFile(dataset.path), 'utf8')).toBe('changed')
  const expected = {
    recordsize: '8192',
    compression: 'off',
    atime: 'on',
    logbias: 'throughput',
    canmount: 'noauto',
    mountpoint: clone.path,
    'org.openzfs.systemd:ignore': 'on',
    sharenfs: 'off',
    setuid: 'off',
    devices: 'off',
    'com.sun:auto-snapshot': 'false',
    origin: `${dataset.name}@pgfork-one`,
  }
  expect(await propertiesOf(`${zpool}/pgfork/with_underscore`, Object.keys(expected))).toEqual(expected)
  // The folder that the mount point is in stays root's (H60); his are the clone's own files.
  expect(await stat(`${clone.path}/..`)).toMatchObject({ uid: 0, mode: 0o40711 })
  expect(await stat(clone.path)).toMatchObject({ ...postgres, mode: 0o40700 })

  // As a machine does that boots.
  await runner.run('zfs', ['unmount', `${zpool}/pgfork/with_underscore`])
  await runner.run('zfs', ['mount', '-a'])
  expect((await driver.list(volume, context)).map(({ kind, name, path }) => [kind, name, path])).toEqual(
    expect.arrayContaining([
      ['snapshot', 'one', undefined],
      ['clone', 'with_underscore', undefined],
    ]),
  )
  expect(await driver.attach(clone, context)).toBe(clone.path)
  expect(await driver.attach(clone, context)).toBe(clone.path)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('of the clone')

  await driver.removeClone(clone, context)
  await driver.removeSnapshot(snapshot, context)
  expect(await driver.list(volume, context)).toEqual([])
})

test('datasets of one pool are captured by one command, and listed each with its volume', async () => {
  const context = createContext()
  await using other = await createDataset()
  const volumes = [await driver.locate(data, context), await driver.locate(await fillVolume(other.path), context)]
  const snapshots = volumes.map((volume, index) => ({ volume, name: `part.${index}` }))
  await driver.snapshot({ snapshots }, context)
  expect(context.commands.filter((command) => command.startsWith('zfs snapshot'))).toHaveLength(1)
  const transactions = await Promise.all(
    [`${dataset.name}@pgfork-part.0`, `${other.name}@pgfork-part.1`].map((name) => propertiesOf(name, ['createtxg'])),
  )
  expect(transactions[0]).toEqual(transactions[1])
  const [first] = volumes
  const listed = first === undefined ? [] : await driver.list(first, context)
  expect(listed.map(({ name, volume }) => [name, volume.id]).sort()).toEqual(
    snapshots.map(({ name, volume }) => [name, volume.id]),
  )
  for (const snapshot of snapshots) await driver.removeSnapshot(snapshot, context)
})

test('an encrypted dataset is cloned with its key; without the key the error says so', async () => {
  const context = createContext()
  await using secret = await createDataset({
    properties: { encryption: 'on', keyformat: 'passphrase' },
    passphrase: 'correct horse',
  })
  const volume = await driver.locate(await fillVolume(secret.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'secret', context)
  const clone = await makeClone(driver, snapshot, 'secret', context)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
  await runner.run('zfs', ['unmount', `${zpool}/pgfork/secret`])
  await runner.run('zfs', ['unmount', secret.name])
  await runner.run('zfs', ['unload-key', secret.name])
  await expect(driver.attach(clone, context)).rejects.toMatchObject({
    code: 'DRIVER_UNSUPPORTED',
    message: expect.stringContaining('zfs load-key'),
  })
  await driver.removeClone(clone, context)
  await driver.removeSnapshot(snapshot, context)
})

test('H57: a snapshot that was removed from outside, or is not ours, is not cloned', async () => {
  const context = createContext()
  const volume = await driver.locate(data, context)
  const snapshot = await takeSnapshot(driver, volume, 'gone', context)
  const name = `${dataset.name}@pgfork-gone`
  await runner.run('zfs', ['release', 'pgfork', name])
  await runner.run('zfs', ['destroy', name])
  const cloning = () => driver.clone({ volume, name: 'x', snapshot }, context)
  await expect(cloning()).rejects.toMatchObject({ code: 'COPY_MISSING' })
  await runner.run('zfs', ['snapshot', name])
  await expect(cloning()).rejects.toMatchObject({ code: 'COPY_MISSING', hazard: 'H57' })
  await driver.removeSnapshot(snapshot, context)
  expect(context.warnings.at(-1)).toMatch(/doesn't have pgfork's mark, so it is left alone/)
  await runner.run('zfs', ['destroy', name])
  await driver.removeSnapshot(snapshot, context)
})
