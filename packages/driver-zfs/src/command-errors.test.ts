import { afterAll, beforeAll, expect, test } from 'vitest'
import { createContext, postgres } from '../../../test/support/driver-fixture/index.ts'
import { createDataset, type Dataset } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { runZfs } from './command.ts'
import { checkOptions } from './options.ts'

const settings = checkOptions({})
let dataset: Dataset
beforeAll(async () => {
  dataset = await createDataset()
  await runner.run('zfs', ['snapshot', `${dataset.name}@there`])
})
afterAll(() => dataset?.[Symbol.asyncDispose]())
const words = (line: string): string[] => line.replaceAll('DATASET', dataset.name).split(' ')
const run = (line: string) => runZfs(words(line), settings, createContext())

test.each([
  ['list DATASET/nothere', 'COPY_MISSING'],
  ['list nopool', 'COPY_MISSING'],
  ['clone DATASET@nothere DATASET/x', 'COPY_MISSING'],
  ['clone DATASET@there DATASET/no/parent', 'COPY_MISSING'],
  ['destroy DATASET@nothere', 'COPY_MISSING'],
  ['hold tag DATASET@nothere', 'COPY_MISSING'],
  ['unmount DATASET/nothere', 'COPY_MISSING'],
  ['snapshot DATASET@there', 'TARGET_EXISTS'],
  ['destroy DATASET', 'BUSY'],
  ['clone -o refreservation=900G DATASET@there DATASET/x', 'NO_SPACE'],
  [`snapshot DATASET@${'n'.repeat(250)}`, 'INVALID_OPTION'],
  ['list /proc', 'DRIVER_NOT_APPLICABLE'],
])('%s: %s', async (line, code) => {
  await expect(run(line)).rejects.toMatchObject({ code })
})

test('a snapshot with a hold, and one with a clone', async () => {
  await run('snapshot DATASET@held')
  await run('hold tag DATASET@held')
  await expect(run('destroy DATASET@held')).rejects.toMatchObject({ code: 'BUSY' })
  await run('release tag DATASET@held')
  await run('clone -o mountpoint=none DATASET@held DATASET/clone')
  await expect(run('destroy DATASET@held')).rejects.toMatchObject({ code: 'BUSY' })
  await run('destroy DATASET/clone')
})

test.each([
  'snapshot DATASET@x',
  'clone DATASET@there DATASET/x',
  'destroy DATASET@there',
  'hold tag DATASET@there',
  'unmount DATASET',
])('as an ordinary user: %s', async (line) => {
  const context = createContext()
  const asUser = {
    ...context,
    runner: {
      ...context.runner,
      run: (file: string, args: readonly string[]) => context.runner.run(file, args, { user: postgres }),
    },
  }
  await expect(runZfs(words(line), settings, asUser)).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining('prefix'),
  })
})

test('a tool that is not installed is told with its package', async () => {
  const missing = { ...settings, prefix: ['/nowhere/sudo'] }
  await expect(runZfs(['list'], missing, createContext())).rejects.toMatchObject({
    code: 'COMMAND_NOT_FOUND',
    message: expect.stringContaining('zfsutils-linux'),
  })
})
