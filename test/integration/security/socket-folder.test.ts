import { chmod, lstat, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, nobody } from '../../support/attacker/index.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

// So deep that a socket has no room beside the data.
const below = `${'d'.repeat(40)}/${'e'.repeat(40)}`

describe.runIf(isRoot)('H65: the folder of a socket in /tmp', async () => {
  await describeOn('btrfs', { below }, (bench) => {
    let fork: Fork
    beforeEach(async () => {
      fork = await bench.fork()
      await fork.stop()
      // As a reboot does, or systemd-tmpfiles.
      await rm(fork.socketDirectory, { recursive: true })
    })
    afterEach(() => fork.destroy())

    test("that is gone is made again, the fork's user's alone", async () => {
      await fork.start()
      const found = await lstat(fork.socketDirectory)
      expect([found.uid, (found.mode & 0o777).toString(8)]).toEqual([serverUser?.uid, '700'])
      expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    })

    test.each<[string, (path: string) => Promise<unknown>]>([
      ['a folder open to all', (path) => runner.run('mkdir', ['-m', '0777', path], { user: nobody })],
      ['a private folder', (path) => runner.run('mkdir', ['-m', '0700', path], { user: nobody })],
      ['a link', (path) => runner.run('ln', ['-s', '/var/tmp', path], { user: nobody })],
      ['a file', (path) => runner.run('touch', [path], { user: nobody })],
    ])('that another user makes anew, as %s, is not used: he would be superuser', async (_, take) => {
      await take(fork.socketDirectory)
      const before = await lstat(fork.socketDirectory)
      const refused = { code: 'PERMISSION_DENIED', hazard: 'H65' }
      await expect(fork.start()).rejects.toMatchObject(refused)
      expect(fork.pid).toBeUndefined()
      await fork.destroy()
      expect((await lstat(fork.socketDirectory)).ino).toBe(before.ino)
      await rm(fork.socketDirectory, { recursive: true })
    })
  })

  await describeOn('btrfs', { below }, (bench) => {
    test('is not made where others can exchange it', async () => {
      const folder = await mkdtemp(join(bench.storage.path, 'open-'))
      await chmod(folder, 0o777)
      const before = process.env.TMPDIR
      process.env.TMPDIR = folder
      try {
        await expect(bench.fork()).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H65', leftBehind: [] })
      } finally {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
        await rm(folder, { recursive: true })
      }
    })
  })
})
