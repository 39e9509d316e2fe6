import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, listForks, type UserIdentity } from '@pgfork/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

const nobody: UserIdentity = { uid: 65_534, gid: 65_534 }
const asNobody = (file: string, ...args: string[]) => runner.run(file, args, { user: nobody })

async function expectNothingRecorded({ stateDirectory }: SourceWorkbench): Promise<void> {
  for (const folder of ['forks', 'snapshots', 'ports']) expect(await readdir(join(stateDirectory, folder))).toEqual([])
}

// Only root can act as somebody else.
describe.runIf(process.geteuid?.() === 0)('with another user on the machine', async () => {
  const scenarios = (bench: SourceWorkbench): void => {
    let temporary: string
    beforeAll(async () => {
      temporary = join(bench.storage.path, 'temporary')
      await mkdir(temporary)
      await chmod(temporary, 0o1777)
    })

    afterAll(() => rm(temporary, { recursive: true, force: true }))

    const tricks: [string, (path: string) => Promise<unknown>][] = [
      ['a symbolic link of his', (path) => asNobody('ln', '-s', '/etc', path)],
      ['a symbolic link to a folder of ours', (path) => asNobody('ln', '-s', bench.stateDirectory, path)],
      ['a folder of his', (path) => asNobody('mkdir', '-m', '0700', path)],
      ['a folder of his, open to all', (path) => asNobody('mkdir', '-m', '0777', path)],
      ['a file of his', (path) => asNobody('touch', path)],
      ['a pipe of his', (path) => asNobody('mkfifo', path)],
    ]

    test.each(tricks)('a state directory in a place where he has put %s is refused', async (_, prepare) => {
      const stateDirectory = join(temporary, 'state')
      await prepare(stateDirectory)
      const before = await lstat(stateDirectory)
      try {
        const options = { ...bench.options, stateDirectory }
        await expect(listForks(options)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
        const made = createFork({ source: bench.source.dataDirectory, ...options })
        await expect(made).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
        const { ino, mode, uid } = await lstat(stateDirectory)
        expect([ino, mode, uid]).toEqual([before.ino, before.mode, before.uid])
      } finally {
        await rm(stateDirectory, { recursive: true, force: true })
      }
    })

    test('a state directory that others may look into is refused; one made by us is ours alone, whatever the umask', async () => {
      const stateDirectory = join(temporary, 'state')
      const mask = process.umask(0)
      try {
        await listForks({ ...bench.options, stateDirectory })
      } finally {
        process.umask(mask)
      }
      expect(((await lstat(stateDirectory)).mode & 0o777).toString(8)).toBe('700')
      await expect(asNobody('ls', stateDirectory)).rejects.toThrow('Permission denied')
      await chmod(stateDirectory, 0o750)
      await expect(listForks({ ...bench.options, stateDirectory })).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
      await rm(stateDirectory, { recursive: true })
    })

    test.each(tricks)('H57: snapshots and clones go to no place where he has put %s', async (_, prepare) => {
      const folder = join(bench.storage.path, '.pgfork')
      const { mode } = await lstat(bench.storage.path)
      await chmod(bench.storage.path, 0o777)
      try {
        await prepare(folder)
        await chmod(bench.storage.path, mode & 0o777)
        const made = createFork({ source: bench.source.dataDirectory, ...bench.options })
        const refusals = ['PERMISSION_DENIED', 'DRIVER_NOT_APPLICABLE']
        await expect(made).rejects.toMatchObject({ code: expect.toBeOneOf(refusals), leftBehind: [] })
        await expectNothingRecorded(bench)
      } finally {
        await chmod(bench.storage.path, mode & 0o777)
        await rm(folder, { recursive: true, force: true })
      }
    })

    test('a folder for sockets that he makes first, or swaps for a link, is not used', async () => {
      const folder = join(temporary, 'sockets')
      await mkdir(folder)
      await chmod(folder, 0o777)
      const before = process.env.TMPDIR
      process.env.TMPDIR = folder
      try {
        // Where anybody may rename what others made, no folder stays ours (H65).
        await expect(bench.fork()).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H65' })
        // As /tmp is: nobody can guess its name, and inside the data directory nobody gets.
        await chmod(folder, 0o1777)
        await using fork = await bench.fork()
        expect((await lstat(fork.socketDirectory)).mode & 0o077).toBe(0)
        await expect(asNobody('ls', fork.socketDirectory)).rejects.toThrow('Permission denied')
      } finally {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
        await rm(folder, { recursive: true })
      }
    })
  }
  await describeOn('btrfs', {}, scenarios)
  await describeOn('xfs', {}, scenarios)
})
