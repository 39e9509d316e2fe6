import { readFile, realpath, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  createContext,
  dataFile,
  fillVolume,
  makeClone,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { waitUntil } from '../../../test/support/wait-until.ts'
import { lvm } from './index.ts'

/** What stands on a device itself, whatever udev knows. */
async function readNames(device: string): Promise<Record<string, string | undefined>> {
  const { stdout } = await runner.run('blkid', ['--probe', '--output', 'export', device])
  return Object.fromEntries(stdout.split('\n').map((line) => line.split('=')))
}

const leadTo = async (link: string): Promise<string> => realpath(link).catch(() => '')

test.each([
  ['ext4', ['-L', 'production']],
  ['ext3', ['-L', 'production', '-O', '^metadata_csum']],
] as const)(
  'H75: a clone of %s has a UUID of its own and no label: udev leads those of the source to the source',
  async (fileSystem, mkfsOptions) => {
    await using thin = await createThinVolume({ fileSystem, mkfsOptions })
    const [driver, context] = [lvm(), createContext()]
    const volume = await driver.locate(await fillVolume(thin.path), context)
    const snapshot = await takeSnapshot(driver, volume, 'own', context)
    const clone = await makeClone(driver, snapshot, 'own', context)
    const [ofSource, ofClone] = [await readNames(thin.device), await readNames('/dev/pgfork_test/pgfork-c-own')]
    expect(ofSource).toMatchObject({ LABEL: 'production', UUID: expect.any(String) })
    expect(ofClone.UUID).toMatch(/^[0-9a-f-]{36}$/)
    expect(ofClone.UUID).not.toBe(ofSource.UUID)
    expect(ofClone.LABEL).toBeUndefined()
    const device = await realpath(thin.device)
    for (const link of [`/dev/disk/by-uuid/${ofSource.UUID}`, '/dev/disk/by-label/production'])
      await waitUntil(async () => (await leadTo(link)) === device, {
        timeoutMs: 30_000,
        what: `${link} that leads to the source`,
      })
    expect(context.warnings.filter((warning) => warning.includes('H75'))).toEqual([])

    await writeFile(dataFile(thin.path), 'of the source')
    expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
    await driver.removeClone(clone, context)
    const second = await makeClone(driver, snapshot, 'own', context)
    expect((await readNames('/dev/pgfork_test/pgfork-c-own')).UUID).not.toBe(ofClone.UUID)
    // The checksums of all that the change left alone still fit.
    await runner.run('umount', [second.path])
    await runner.run('e2fsck', ['-f', '-n', '/dev/pgfork_test/pgfork-c-own'])
    await driver.removeClone(second, context)
    await driver.removeSnapshot(snapshot, context)
  },
)

test('H75: a snapshot that becomes its one clone gets a UUID of its own as well', async () => {
  await using thin = await createThinVolume()
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(await fillVolume(thin.path), context)
  const snapshot = { volume, name: 'single' }
  await driver.snapshot({ snapshots: [snapshot], singleUse: true }, context)
  await driver.clone({ ...snapshot, snapshot, consumeSnapshot: true }, context)
  const { UUID } = await readNames('/dev/pgfork_test/pgfork-c-single')
  expect(UUID).not.toBe((await readNames(thin.device)).UUID)
  await driver.removeClone(snapshot, context)
})

test('H75: an ext4 whose encrypted files depend on the UUID keeps it, with a warning', async () => {
  await using thin = await createThinVolume({ mkfsOptions: ['-O', 'stable_inodes'] })
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(await fillVolume(thin.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'kept', context)
  const clone = await makeClone(driver, snapshot, 'kept', context)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('committed')
  expect((await readNames('/dev/pgfork_test/pgfork-c-kept')).UUID).toBe((await readNames(thin.device)).UUID)
  expect(context.warnings.join()).toMatch(/\/dev\/disk\/by-uuid\/\S+ lead to a fork .*\(H75\).*12-pgfork\.rules/)
  await driver.removeClone(clone, context)
  await driver.removeSnapshot(snapshot, context)
})
