import { readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { findMount } from '@pgfork/core/driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createContext,
  dataFile,
  fillVolume,
  makeClone,
  postgres,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume, type ThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { lvm } from './index.ts'

const fieldsOf = async (name: string, fields: string): Promise<Record<string, string>> => {
  const { stdout } = await runner.run('lvs', ['--reportformat', 'json', '-o', fields, name])
  return JSON.parse(stdout).report[0].lv[0]
}

describe.each(['ext4', 'xfs'] as const)('on %s', (fileSystem) => {
  const driver = lvm()
  let thin: ThinVolume
  let data: string
  beforeAll(async () => {
    thin = await createThinVolume({ fileSystem, mountOptions: ['noatime'] })
    data = await fillVolume(thin.path)
  })
  afterAll(() => thin?.[Symbol.asyncDispose]())

  test('H53, H54, H83: a clone is mounted with the options of its source, for its owner alone, and nothing is active at boot', async () => {
    const context = createContext()
    const volume = await driver.locate(data, context)
    const snapshot = await takeSnapshot(driver, volume, 'one', context)
    await writeFile(dataFile(thin.path), 'changed')
    const clone = await makeClone(driver, snapshot, 'with_underscore', context)
    expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
    await writeFile(dataFile(clone.path), 'of the clone')
    expect(await readFile(dataFile(thin.path), 'utf8')).toBe('changed')

    const mount = await findMount(clone.path)
    expect(mount?.options).toEqual(
      expect.arrayContaining(['rw', 'noatime', 'nosuid', 'nodev', ...(fileSystem === 'xfs' ? ['nouuid'] : [])]),
    )
    // The folder that the mount point is in stays root's (H60); his are the clone's own files.
    expect(await stat(`${clone.path}/..`)).toMatchObject({ uid: 0, mode: 0o40711 })
    expect(await stat(clone.path)).toMatchObject({ ...postgres, mode: 0o40700 })
    const shown = 'lv_skip_activation,lv_active,lv_permissions,lv_tags'
    expect(await fieldsOf('pgfork_test/pgfork-s-one', shown)).toMatchObject({
      lv_skip_activation: 'skip activation',
      lv_active: '',
    })
    expect(await fieldsOf('pgfork_test/pgfork-c-with+underscore', shown)).toMatchObject({
      lv_skip_activation: 'skip activation',
      lv_active: 'active',
      lv_tags: expect.stringMatching(/^pgfork,pgfork\.origin=/),
    })
    expect(await driver.list(volume, context)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'snapshot', name: 'one' }),
        expect.objectContaining({ kind: 'clone', name: 'with_underscore', path: clone.path }),
      ]),
    )

    // As a machine does that boots: it activates all volumes, and ours stay out of the way of a mount by UUID.
    await runner.run('umount', [clone.path])
    await runner.run('lvchange', ['--activate', 'n', 'pgfork_test/pgfork-c-with+underscore'])
    await runner.run('vgchange', ['--activate', 'y', 'pgfork_test'])
    await runner.run('udevadm', ['settle'])
    const uuid = (await runner.run('blkid', ['-p', '-o', 'value', '-s', 'UUID', thin.device])).stdout.trim()
    expect(await realpath(`/dev/disk/by-uuid/${uuid}`)).toBe(await realpath(thin.device))
    expect(await driver.attach(clone, context)).toBe(clone.path)
    expect(await driver.attach(clone, context)).toBe(clone.path)
    expect(await readFile(dataFile(clone.path), 'utf8')).toBe('of the clone')

    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
    expect(await driver.list(volume, context)).toEqual([])
  })

  test('a snapshot for one clone becomes that clone by its name alone', async () => {
    const context = createContext()
    const volume = await driver.locate(data, context)
    const snapshot = { volume, name: 'single' }
    await driver.snapshot({ snapshots: [snapshot], singleUse: true }, context)
    const clone = { volume, name: 'single' }
    await driver.clone({ ...clone, snapshot, consumeSnapshot: true }, context)
    expect(context.commands.filter((command) => command.startsWith('lvcreate'))).toHaveLength(1)
    await writeFile(dataFile(await driver.attach(clone, context)), 'of the clone')
    await driver.removeSnapshot(snapshot, context)
    expect((await driver.list(volume, context)).map(({ kind, name }) => `${kind} ${name}`)).toEqual(['clone single'])
    await driver.removeClone(clone, context)
    expect(await driver.list(volume, context)).toEqual([])
  })

  test('a clone of a clone lives without either', async () => {
    const context = createContext()
    const volume = await driver.locate(data, context)
    const first = await makeClone(driver, await takeSnapshot(driver, volume, 's1', context), 'c1', context)
    await writeFile(dataFile(first.path), 'of the first')
    const ofFirst = await driver.locate(`${first.path}/main`, context)
    expect(ofFirst).toMatchObject({ root: first.path, pool: volume.pool })
    expect(ofFirst.id).not.toBe(volume.id)
    const second = await makeClone(driver, await takeSnapshot(driver, ofFirst, 's2', context), 'c2', context)
    await driver.removeClone(first, context)
    expect(await readFile(dataFile(second.path), 'utf8')).toBe('of the first')
    await driver.removeClone(second, context)
    await driver.removeSnapshot({ volume, name: 's1' }, context)
    await driver.removeSnapshot({ volume: ofFirst, name: 's2' }, context)
    expect(await readdir(`${first.path}/../..`).catch(() => [])).toEqual([])
  })
})

test('H57: a snapshot that was removed from outside, or is not ours, is not cloned', async () => {
  await using thin = await createThinVolume()
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(await fillVolume(thin.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'gone', context)
  await runner.run('lvremove', ['--yes', 'pgfork_test/pgfork-s-gone'])
  const cloning = () => driver.clone({ volume, name: 'x', snapshot }, context)
  await expect(cloning()).rejects.toMatchObject({ code: 'COPY_MISSING' })
  await runner.run('lvcreate', ['-s', '-n', 'pgfork-s-gone', thin.name])
  await expect(cloning()).rejects.toMatchObject({ code: 'COPY_MISSING', hazard: 'H57' })
  // Nor is one removed that only has a name like ours.
  await driver.removeSnapshot(snapshot, context)
  expect(context.warnings.at(-1)).toMatch(/doesn't have pgfork's tag, so it is left alone/)
  expect(await driver.list(volume, context)).toEqual([])
  await runner.run('lvremove', ['--yes', 'pgfork_test/pgfork-s-gone'])
  await driver.removeSnapshot(snapshot, context)
})
