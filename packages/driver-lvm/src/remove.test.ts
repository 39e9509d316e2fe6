import { open, readFile, realpath, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFile, fillVolume, makePair } from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume, type ThinVolume } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { lvm } from './index.ts'

const hasty = lvm({ busyTimeoutMs: 300 })
let thin: ThinVolume
let data: string
beforeAll(async () => {
  thin = await createThinVolume()
  data = await fillVolume(thin.path)
})
afterAll(() => thin?.[Symbol.asyncDispose]())

const makeOne = (name: string) => makePair(hasty, data, name)

test('H56: an unmounted clone whose device is open is BUSY and names who', async () => {
  const { context, clone, removeAll } = await makeOne('opened')
  const device = await realpath('/dev/pgfork_test/pgfork-c-opened')
  await using file = await open(device)
  await expect(hasty.removeClone(clone, context)).rejects.toMatchObject({
    code: 'BUSY',
    message: expect.stringContaining(`(pid ${process.pid}) holds ${device}`),
  })
  await file.close()
  await removeAll()
})

test('a clone is unmounted wherever it is mounted', async () => {
  const { clone, removeAll } = await makeOne('twice')
  const elsewhere = `${thin.path}/../elsewhere`
  await runner.run('mkdir', [elsewhere])
  await runner.run('mount', ['/dev/pgfork_test/pgfork-c-twice', elsewhere])
  expect(clone.path).not.toBe(elsewhere)
  await removeAll()
})

test('H57: what is unmounted, deactivated or removed from outside is no obstacle', async () => {
  for (const outside of [
    ['umount PATH'],
    ['umount PATH', 'lvchange -an VOLUME'],
    ['umount PATH', 'lvremove -y VOLUME'],
    ['lvremove -y pgfork_test/pgfork-s-outside'],
  ]) {
    const { clone, removeAll } = await makeOne('outside')
    for (const line of outside) {
      const words = line.replace('PATH', clone.path).replace('VOLUME', 'pgfork_test/pgfork-c-outside').split(' ')
      await runner.run(words[0] as string, words.slice(1))
    }
    await removeAll()
    await removeAll()
  }
})

test('H57: a volume with a name like ours and without our tag is left alone, mounted or not', async () => {
  const { context, volume, clone, removeAll } = await makeOne('foreign')
  await runner.run('lvchange', ['--deltag', 'pgfork', 'pgfork_test/pgfork-c-foreign'])
  await writeFile(dataFile(clone.path), 'precious')
  await hasty.removeClone({ volume, name: 'foreign' }, context)
  expect(context.warnings.at(-1)).toMatch(/doesn't have pgfork's tag/)
  expect(await readFile(dataFile(clone.path), 'utf8')).toBe('precious')
  expect((await hasty.list(volume, context)).map(({ kind }) => kind)).toEqual(['snapshot'])
  await runner.run('lvchange', ['--addtag', 'pgfork', 'pgfork_test/pgfork-c-foreign'])
  await removeAll()
})
