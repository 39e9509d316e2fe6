import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { copyFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { expectNoLeaks, snapshotSystem } from '../leaks/index.ts'
import { listMounts } from '../system/mounts.ts'
import { createBtrfs, createExt4, createXfs, whyNoLoopMounts } from './index.ts'
import { unmount } from './unmount.ts'

const creators = { btrfs: createBtrfs, xfs: createXfs, ext4: createExt4 }

for (const [filesystem, create] of Object.entries(creators)) {
  const name = filesystem as keyof typeof creators
  test.skipIf((await whyNoLoopMounts(name)) !== undefined)(
    `${name} is real, open to all, and leaves nothing`,
    async () => {
      const before = await snapshotSystem({ folders: [] })
      let mountPoint: string
      {
        await using storage = await create({ sizeMb: 400 })
        mountPoint = storage.path
        expect(await listMounts()).toContainEqual(
          expect.objectContaining({ mountPoint: storage.path, fileSystem: name, source: storage.device }),
        )
        await promisify(execFile)('setpriv', ['--reuid=65534', '--clear-groups', '--', 'ls', storage.path])
        await writeFile(join(storage.path, 'file'), 'x'.repeat(10_000))
        const clone = copyFile(join(storage.path, 'file'), join(storage.path, 'copy'), constants.COPYFILE_FICLONE_FORCE)
        if (name === 'ext4') await expect(clone).rejects.toMatchObject({ code: 'ENOTSUP' })
        else await clone
        // Sparse: an image that took its whole size would fill the disk of whoever runs many tests.
        expect((await stat(storage.imageFile)).blocks * 512).toBeLessThan(200 * 1024 * 1024)
      }
      expect(await listMounts()).not.toContainEqual(expect.objectContaining({ mountPoint }))
      await expectNoLeaks(before)
    },
  )
}

test.skipIf((await whyNoLoopMounts('ext4')) !== undefined)('who holds a mount is named', async () => {
  await using storage = await createExt4({ sizeMb: 64 })
  const holder = spawn('sleep', ['60'], { cwd: storage.path })
  await once(holder, 'spawn')
  await expect(unmount(storage.path, 300)).rejects.toThrow(`pid ${holder.pid} (sleep 60) uses ${storage.path}`)
  holder.kill()
})
