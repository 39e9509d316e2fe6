import { chmod, chown, mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../../test/support/system/make-work-folder.ts'
import { attachMount } from './attach-mount.ts'
import { entriesOf } from './entries-of.ts'
import type { Entry } from './entry.ts'
import { mountDirectoryOf, removeMountPoint } from './mount-folder.ts'

let folder: string
let mounts: string
let entry: Entry
beforeEach(async () => {
  folder = await makeWorkFolder('mount-folder')
  mounts = join(folder, 'mounts')
  await mkdir(mounts, { mode: 0o750 })
  const attributes = { directory: join(folder, 'entries'), mountDirectory: mounts }
  const volume = { id: 'id', pool: 'pool', root: join(folder, 'root'), copyOnWrite: true, attributes }
  entry = entriesOf('test').entryOf('clone', { volume, name: 'name' })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

// Only root can make a folder of root's.
describe.runIf(process.geteuid?.() === 0)('a folder for mounts', () => {
  test('of root alone serves: the command that mounts makes the mount point, and one removes it', async () => {
    expect(mountDirectoryOf({ mountDirectory: mounts })).toEqual({ mountDirectory: mounts })
    expect(mountDirectoryOf({})).toEqual({})
    expect(await attachMount(entry, (path) => mkdir(path))).toBe(join(mounts, 'name'))
    expect(await readdir(mounts)).toEqual(['name'])
    await removeMountPoint(entry, rmdir)
    await removeMountPoint(entry, rmdir)
    expect(await readdir(mounts)).toEqual([])
  })

  test.each<[string, (uid: number) => Promise<unknown>]>([
    ['belongs to another user (uid 65534)', (uid) => chown(mounts, uid, uid)],
    ['can be written by other users', () => chmod(mounts, 0o770)],
    ['is open to other users', () => chmod(mounts, 0o755)],
    ["doesn't exist", () => rmdir(mounts)],
    // Who owns the one above can put another one in its place.
    ['belongs to another user (uid 65534)', (uid) => chown(folder, uid, uid)],
  ])('H60: that %s is refused, and nothing is mounted', async (reason, spoil) => {
    await spoil(65_534)
    const refusal = { code: 'PERMISSION_DENIED', hazard: 'H60', facts: expect.objectContaining({ reason }) }
    await expect(attachMount(entry, () => Promise.reject(new Error('mounted')))).rejects.toMatchObject(refusal)
    expect(() => mountDirectoryOf({ mountDirectory: mounts })).toThrow(expect.objectContaining(refusal))
    await expect(removeMountPoint(entry, () => Promise.reject(new Error('removed')))).rejects.toMatchObject(refusal)
  })

  test('H60: one that belongs to the caller, who is not root, is refused: he could exchange what is in it', async () => {
    await chown(folder, 65_534, 65_534)
    await chown(mounts, 65_534, 65_534)
    process.seteuid?.(65_534)
    try {
      expect(() => mountDirectoryOf({ mountDirectory: mounts })).toThrow(
        expect.objectContaining({ code: 'PERMISSION_DENIED', message: expect.stringContaining('install -d -m 0750') }),
      )
    } finally {
      process.seteuid?.(0)
    }
  })
})
