import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listForks } from '@pgfork/core'
import { createVolume, openStateDirectory, removeVolume } from '@pgfork/core/companion'
import { btrfs } from '@pgfork/driver-btrfs'
import { createTemplate } from '@pgfork/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, nobody, startSwapping } from '../../support/attacker/index.ts'
import { createContext, makeClone, postgres, takeSnapshot } from '../../support/driver-fixture/index.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const tries = 200

describe.runIf(isRoot)('H61: a folder above a place of ours belongs to somebody else', async () => {
  await describeOn('btrfs', {}, (bench) => {
    /** His, with a folder of ours that was made while it was root's. */
    let theirs: string
    beforeEach(async () => {
      theirs = join(bench.storage.path, 'theirs')
      await mkdir(theirs)
    })
    afterEach(() => rm(theirs, { recursive: true }))

    test('he exchanges the folder in it, and root deletes no subvolume of anybody', async () => {
      const context = createContext()
      const [ours, other] = [join(theirs, 'ours'), join(theirs, 'other')]
      const driver = btrfs({ directory: ours })
      const volume = await driver.locate(bench.source.dataDirectory, context)
      const snapshot = await takeSnapshot(driver, volume, 'snapshot', context)
      const clone = await makeClone(driver, snapshot, 'clone', context)
      const victim = await bench.directory('victim')

      // What he puts in its place looks the same, but for a link to somebody else's subvolume.
      await runner.run('cp', ['-a', '--', join(ours, 'clones', 'clone', 'mark.json'), theirs])
      await mkdir(join(other, 'clones', 'clone'), { recursive: true })
      await runner.run('mv', [join(theirs, 'mark.json'), join(other, 'clones', 'clone')])
      await symlink(victim, join(other, 'clones', 'clone', 'volume'))
      await runner.run('chown', ['-Rh', `${nobody.uid}:${nobody.gid}`, other])
      await chown(theirs, nobody.uid, nobody.gid)
      const swapper = await startSwapping(nobody, ours, other)
      try {
        for (let count = 0; count < tries; count++) {
          const refused = { code: 'PERMISSION_DENIED', hazard: 'H61' }
          await expect(driver.removeClone(clone, context)).rejects.toMatchObject(refused)
          await expect(driver.attach(clone, context)).rejects.toMatchObject(refused)
        }
      } finally {
        if ((await swapper.stop()) % 2 === 1) await runner.run('mv', ['-T', '--exchange', ours, other]).catch(() => {})
      }
      expect((await lstat(victim)).isDirectory()).toBe(true)
      await chown(theirs, 0, 0)
      if ((await lstat(ours)).uid !== 0)
        await runner.run('rm', ['-rf', ours]).then(() => runner.run('mv', [other, ours]))
      await driver.removeClone(clone, context)
      await driver.removeSnapshot(snapshot, context)
      expect((await lstat(victim)).isDirectory()).toBe(true)
      await runner.run('rm', ['-rf', victim])
    }, 120_000)

    test.each<[string, (path: string) => Promise<unknown>]>([
      ['by nobody', (path) => chown(path, nobody.uid, nobody.gid)],
      ["by the source's owner", (path) => chown(path, postgres.uid, postgres.gid)],
      ['by a group', (path) => chmod(path, 0o770)],
      ['by all', (path) => chmod(path, 0o777)],
    ])('nothing is kept where it can be exchanged %s: no copies, no records, no templates', async (_, open) => {
      await open(theirs)
      const below = join(theirs, 'below')
      await expect(bench.fork({ driver: btrfs({ directory: below }) })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        hazard: 'H61',
        leftBehind: [],
      })
      await expect(listForks({ ...bench.options, stateDirectory: below })).rejects.toMatchObject({
        code: 'STATE_UNUSABLE',
      })
      const template = createTemplate({ key: 'x', directory: below, stateDirectory: bench.stateDirectory })
      await expect(template).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H61' })
      expect(await readdir(theirs)).toEqual([])
    })

    test('nor are records where he made the folder above at the last moment', async () => {
      await chmod(theirs, 0o1777)
      const program = `my ($at, $tries) = @ARGV;
        for my $i (1 .. $tries) { 1 until -e "$at/go-$i"; for (1 .. rand 3000) {} mkdir "$at/state-$i", 0777 }`
      const racing = runner.run('perl', ['-e', program, theirs, String(tries)], { user: nobody })
      const led: string[] = []
      for (let number = 1; number <= tries; number++) {
        const folder = join(theirs, `state-${number}`)
        await writeFile(join(theirs, `go-${number}`), '')
        const opened = await openStateDirectory(join(folder, 'below', 'state')).catch(() => undefined)
        if (opened !== undefined && (await lstat(folder)).uid !== 0) led.push(folder)
        // So that he is as far as we are.
        await waitUntil(async () => existsSync(folder), { timeoutMs: 60_000, what: 'his folder' })
      }
      await racing
      expect(led).toEqual([])
    })

    test('no volume is made or removed there', async () => {
      await chown(theirs, nobody.uid, nobody.gid)
      const volume = join(theirs, 'volume')
      const { options } = bench
      const refused = { code: 'PERMISSION_DENIED', hazard: 'H61' }
      await expect(createVolume(volume, postgres, options)).rejects.toMatchObject(refused)
      await mkdir(volume)
      await expect(removeVolume(volume, options)).rejects.toMatchObject(refused)
      expect(await readdir(theirs)).toEqual(['volume'])
    })
  })

  await describeOn('btrfs', { below: 'of/the/owner' }, (bench) => {
    test("the copies of a source in a directory of its owner's lie above that", async () => {
      await using fork = await bench.fork()
      expect(fork.dataDirectory.startsWith(join(bench.storage.path, '.pgfork'))).toBe(true)
    })
  })

  await describeOn('xfs', { below: 'of/the/owner' }, (bench) => {
    test("the copies of a source in a directory of its owner's lie above that", async () => {
      await chown(join(bench.storage.path, 'master', 'of'), postgres.uid, postgres.gid)
      await chown(join(bench.storage.path, 'master', 'of', 'the'), postgres.uid, postgres.gid)
      await using fork = await bench.fork()
      expect(fork.dataDirectory).toMatch(`${bench.storage.path}/`)
      expect(fork.dataDirectory).not.toMatch('/of/')
    })
  })
})
