import { chmod, chown, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../../test/support/system/make-work-folder.ts'
import { createEntry } from './create-entry.ts'
import { entriesOf } from './entries-of.ts'
import type { Entry } from './entry.ts'
import { makeMountPoint } from './make-mount-point.ts'

let folder: string
let entry: Entry
beforeEach(async () => {
  folder = await makeWorkFolder('mount-point')
  const attributes = { directory: join(folder, 'mounts') }
  const volume = { id: 'id', pool: 'pool', root: join(folder, 'root'), copyOnWrite: true, attributes }
  entry = entriesOf('test').entryOf('clone', { volume, name: 'name' })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('it is made once, private, and then the same', async () => {
  const path = await createEntry(entry)
  expect(await makeMountPoint(entry)).toBe(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  expect(await makeMountPoint(entry)).toBe(path)
})

test.each<[string, (path: string) => Promise<void>]>([
  ['is a symbolic link', (path) => symlink('/etc', path)],
  ['is not a directory', (path) => writeFile(path, '')],
  [
    'is not empty',
    async (path) => {
      await mkdir(path)
      await writeFile(join(path, 'file'), '')
    },
  ],
  [
    'can be written by other users',
    async (path) => {
      await mkdir(path)
      await chmod(path, 0o777)
    },
  ],
])('H60: what %s is refused', async (reason, make) => {
  const path = await createEntry(entry)
  await make(path)
  const refusal = {
    code: 'PERMISSION_DENIED',
    hazard: 'H60',
    message: expect.stringContaining(`${path}, which ${reason}.`),
  }
  await expect(makeMountPoint(entry)).rejects.toMatchObject(refusal)
})

test.runIf(process.geteuid?.() === 0)("H60: another user's directory is refused", async () => {
  const path = await createEntry(entry)
  await mkdir(path)
  await chown(path, 65_534, 65_534)
  await expect(makeMountPoint(entry)).rejects.toMatchObject({
    hazard: 'H60',
    facts: { reason: 'belongs to another user (uid 65534)' },
  })
})

test('a clone whose folder is gone is missing', async () => {
  await expect(makeMountPoint(entry)).rejects.toMatchObject({ code: 'COPY_MISSING' })
})
