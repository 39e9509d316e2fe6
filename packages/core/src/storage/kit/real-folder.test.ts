import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../../test/support/system/make-work-folder.ts'
import { existingFolder, realDirectory, realFolder } from './real-folder.ts'

const folder = await makeWorkFolder('real-folder')
afterAll(() => rm(folder, { recursive: true, force: true }))
await mkdir(join(folder, 'directory'))
await symlink('directory', join(folder, 'link'))
await writeFile(join(folder, 'file'), '')

test('a directory is found behind links; what is none, or not there, is not served', async () => {
  expect(await realDirectory(join(folder, 'link'))).toBe(join(folder, 'directory'))
  const refused = (name: string) => expect(realDirectory(join(folder, name))).rejects
  await refused('file').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE', message: `${folder}/file is not a directory.` })
  await refused('missing').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE', message: expect.stringContaining('ENOENT') })
  await refused('file/below').toMatchObject({
    code: 'DRIVER_NOT_APPLICABLE',
    message: expect.stringContaining('ENOTDIR'),
  })
})

test('a folder of an option need not exist, but its parent must', async () => {
  expect(await realFolder(join(folder, 'link'))).toBe(join(folder, 'directory'))
  expect(await realFolder(join(folder, 'link', 'new'))).toBe(join(folder, 'directory', 'new'))
  await expect(realFolder(join(folder, 'missing', 'new'))).rejects.toMatchObject({
    code: 'DRIVER_NOT_APPLICABLE',
    facts: { directory: join(folder, 'missing', 'new') },
  })
})

test('what is asked about a folder that is still to be made is asked about its parent', async () => {
  expect(await existingFolder(join(folder, 'directory'))).toBe(join(folder, 'directory'))
  expect(await existingFolder(join(folder, 'directory', 'new'))).toBe(join(folder, 'directory'))
})
