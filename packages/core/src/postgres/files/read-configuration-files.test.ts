import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunner } from '../../command/execa-runner.ts'
import { namedFiles } from '../../files/named-files.ts'
import { readConfigurationFiles } from './read-configuration-files.ts'

const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-configuration-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)
const read = (): Promise<Record<string, string>> =>
  readConfigurationFiles(join(folder, 'postgresql.conf'), folder, namedFiles(self, createRunner()))

test('the last mention of a name wins, postgresql.auto.conf over all', async () => {
  await write('postgresql.conf', "port = 1\nPORT = 2\nwork_mem = '1MB'\n")
  await write('postgresql.auto.conf', "work_mem = '2MB'\n")
  expect(await read()).toEqual({ port: '2', work_mem: '2MB' })
})

test('included files count where they are included, relative to the file that does', async () => {
  await mkdir(join(folder, 'conf.d/deeper'), { recursive: true })
  await write('postgresql.conf', "port = 1\ninclude 'conf.d/a'\ninclude_dir 'conf.d'\ninclude_if_exists 'missing'\n")
  await write('conf.d/a', "port = 2\ninclude = 'deeper/b'\n")
  await write('conf.d/deeper/b', 'a = 1\n')
  await write('conf.d/10.conf', 'order = 10\nport = 3\n')
  await write('conf.d/9.conf', 'order = 9\n')
  await write('conf.d/.hidden.conf', 'order = hidden\n')
  await write('conf.d/zz.txt', 'order = text\n')
  expect(await read()).toEqual({ port: '3', a: '1', order: '9' })
})

test('a file that must be there and is not, or includes itself, is refused with its name', async () => {
  await expect(read()).rejects.toMatchObject({
    code: 'SETTING_REFUSED',
    hazard: 'H5',
    facts: { file: join(folder, 'postgresql.conf') },
  })
  await write('postgresql.conf', "include 'nowhere.conf'\n")
  await expect(read()).rejects.toMatchObject({
    code: 'SETTING_REFUSED',
    message: expect.stringContaining('nowhere.conf'),
  })
  await write('postgresql.conf', "include 'postgresql.conf'\n")
  await expect(read()).rejects.toMatchObject({
    code: 'SETTING_REFUSED',
    message: expect.stringContaining('levels deep'),
  })
  await write('postgresql.conf', "include_dir 'nowhere.d'\n")
  await expect(read()).rejects.toMatchObject({ code: 'SETTING_REFUSED', message: expect.stringContaining('nowhere.d') })
})
