import { mkdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../../test/support/system/make-work-folder.ts'
import { fileSystemSpace } from './file-system-space.ts'
import { atExistingFolder, realDirectory, realFolder } from './real-folder.ts'

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

test('what is asked about a folder that is still to be made is asked about its nearest parent', async () => {
  const found = (path: string) => atExistingFolder(path, async (existing) => existing)
  expect(await found(join(folder, 'directory'))).toBe(join(folder, 'directory'))
  expect(await found(join(folder, 'directory', 'new', 'newer'))).toBe(join(folder, 'directory'))
})

test('so is what is asked about a folder that somebody removes at that moment', async () => {
  const vanishing = join(folder, 'directory', 'vanishing')
  await mkdir(vanishing)
  const remove = (path: string) => (path === vanishing ? rmdir(path) : undefined)
  const size = await atExistingFolder(vanishing, async (path) => {
    await remove(path)
    return (await fileSystemSpace(path)).totalBytes
  })
  expect(size).toBeGreaterThan(0)
  await expect(atExistingFolder(folder, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own')
})
