import { copyFile, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createContext, fillVolume, makeClone, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume, type ThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { waitUntil } from '../../../test/support/wait-until.ts'
import { lvm } from './index.ts'

const rule = '/etc/udev/rules.d/12-pgfork.rules'
const reload = () => runner.run('udevadm', ['control', '--reload'])

async function installRule(): Promise<void> {
  await copyFile(new URL('../udev/12-pgfork.rules', import.meta.url), rule)
  await reload()
}

let thin: ThinVolume
let data: string
let uuid: string
const fstab = await readFile('/etc/fstab', 'utf8').catch(() => '')
beforeEach(async () => {
  thin = await createThinVolume({ fileSystem: 'xfs', mkfsOptions: ['-L', 'production'] })
  data = await fillVolume(thin.path)
  uuid = (await runner.run('blkid', ['--probe', '--output', 'value', '--match-tag', 'UUID', thin.device])).stdout.trim()
})
afterEach(async () => {
  await writeFile('/etc/fstab', fstab)
  await rm(rule, { force: true })
  await reload()
  await thin?.[Symbol.asyncDispose]()
})

const links = (): string[] => [`/dev/disk/by-uuid/${uuid}`, '/dev/disk/by-label/production']
const targets = () => Promise.all(links().map((link) => realpath(link).catch(() => '')))

test('H75: udev leads the names of an XFS to its clone, which is told once; not with the rule', async () => {
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(data, context)
  const snapshot = await takeSnapshot(driver, volume, 'shared', context)
  const source = await realpath(thin.device)
  const taking = await makeClone(driver, snapshot, 'taking', context)
  const told = () => context.warnings.filter((warning) => warning.includes('H75'))
  expect(told()).toEqual([expect.stringContaining(`${links().join(' and ')} lead to a fork of ${thin.path}`)])
  const again = await makeClone(driver, snapshot, 'again', context)
  expect(told()).toHaveLength(1)
  for (const clone of [taking, again]) await driver.removeClone(clone, context)
  const isBack = async () => (await targets()).every((target) => target === source)
  await waitUntil(isBack, { timeoutMs: 30_000, what: 'link for each name that leads to the source again' })

  await installRule()
  const kept = createContext()
  const clone = await makeClone(lvm(), snapshot, 'kept', kept)
  await runner.run('udevadm', ['settle'])
  expect(await targets()).toEqual([source, source])
  expect(kept.warnings.filter((warning) => warning.includes('H75'))).toEqual([])
  await driver.removeClone(clone, context)
  await driver.removeSnapshot(snapshot, context)
})

test.each([
  ['its UUID', () => `UUID=${uuid}`],
  ['its UUID in quotes', () => `UUID="${uuid}"`],
  ['its label', () => 'LABEL=production'],
  ['a link of udev', () => `/dev/disk/by-uuid/${uuid}`],
])('H75: an XFS that fstab mounts by %s is refused, until the rule is there', async (_, name) => {
  const locate = () => lvm().locate(data, createContext())
  await writeFile(
    '/etc/fstab',
    `# a comment\nUUID=1111-2222 /boot/efi vfat defaults 0 1\n${thin.device} ${thin.path} xfs defaults 0 0\n`,
  )
  await locate()
  await writeFile('/etc/fstab', `${name()} ${thin.path} xfs defaults 0 0\n`)
  await expect(locate()).rejects.toMatchObject({
    code: 'SETTING_REFUSED',
    hazard: 'H75',
    message: expect.stringContaining('/driver-lvm/udev/12-pgfork.rules /etc/udev/rules.d/'),
    facts: { mountPoint: thin.path },
  })
  await installRule()
  await locate()
})
