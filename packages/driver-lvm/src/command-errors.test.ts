import { afterAll, beforeAll, expect, test } from 'vitest'
import { createContext, fillVolume, postgres, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume, type ThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { runCommand } from './command.ts'
import { lvm } from './index.ts'
import { checkOptions } from './options.ts'

const settings = checkOptions({})
const run = (line: string) => {
  const [file = '', ...args] = line.split(' ')
  return runCommand(file, args, settings, createContext())
}

let thin: ThinVolume
beforeAll(async () => {
  thin = await createThinVolume()
  await fillVolume(thin.path)
})
afterAll(() => thin?.[Symbol.asyncDispose]())

test.each([
  ['lvs pgfork_test/nothere', 'COPY_MISSING'],
  ['lvs nogroup/nothere', 'STORAGE_MISSING'],
  ['lvcreate -s -kn -n x pgfork_test/nothere', 'COPY_MISSING'],
  ['lvremove -y pgfork_test/nothere', 'COPY_MISSING'],
  ['lvchange -ay pgfork_test/nothere', 'COPY_MISSING'],
  ['mount /dev/pgfork_test/nothere /mnt', 'COPY_MISSING'],
  ['umount /mnt', 'COPY_MISSING'],
  ['lvcreate -L 900G -n big pgfork_test', 'NO_SPACE'],
])('%s: %s', async (line, code) => {
  await expect(run(line)).rejects.toMatchObject({ code })
})

test('a name that is taken, a volume in use, a thick volume, a frozen one', async () => {
  await runner.run('lvcreate', ['--yes', '-L', '4M', '-n', 'small', 'pgfork_test'])
  try {
    await expect(run(`lvcreate -s -kn -n small ${thin.name}`)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
    await expect(run('lvcreate -s -kn -n x pgfork_test/small')).rejects.toMatchObject({ code: 'DRIVER_UNSUPPORTED' })
  } finally {
    await runner.run('lvremove', ['--yes', 'pgfork_test/small'])
  }
  await expect(run(`lvremove -y ${thin.name}`)).rejects.toMatchObject({ code: 'BUSY' })
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(thin.path, context)
  await runner.run('fsfreeze', ['--freeze', thin.path])
  try {
    await expect(takeSnapshot(driver, volume, 'frozen', context)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining('fsfreeze --unfreeze'),
    })
  } finally {
    await runner.run('fsfreeze', ['--unfreeze', thin.path])
  }
  expect(await driver.list(volume, context)).toEqual([])
})

test.each(['lvs', 'lvcreate -s -kn -n x VOLUME', 'lvremove -y VOLUME', 'mount DEVICE /mnt', 'umount PATH'])(
  'as an ordinary user: %s',
  async (line) => {
    const words = line.replace('VOLUME', thin.name).replace('DEVICE', thin.device).replace('PATH', thin.path).split(' ')
    const context = createContext()
    const asUser = {
      ...context,
      runner: {
        ...context.runner,
        run: (file: string, args: readonly string[]) => context.runner.run(file, args, { user: postgres }),
      },
    }
    await expect(runCommand(words[0] as string, words.slice(1), settings, asUser)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('prefix'),
    })
  },
)

test('a tool that is not installed is told with its package', async () => {
  const missing = { ...settings, prefix: ['/nowhere/sudo'] }
  await expect(runCommand('lvs', [], missing, createContext())).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
  await expect(run('lvnothing')).rejects.toMatchObject({
    code: 'COMMAND_NOT_FOUND',
    message: expect.stringContaining('lvm2'),
  })
})

test('an abort is heeded before a command that changes the pool, never while it runs', async () => {
  const aborting = new AbortController()
  const context = createContext(aborting.signal)
  const driver = lvm()
  const volume = await driver.locate(thin.path, context)
  const taking = takeSnapshot(driver, volume, 'aborted', context)
  aborting.abort()
  await taking
  await expect(takeSnapshot(driver, volume, 'later', context)).rejects.toMatchObject({ code: 'ABORTED' })
  await driver.removeSnapshot({ volume, name: 'aborted' }, createContext())
  expect(await driver.list(volume, createContext())).toEqual([])
})
