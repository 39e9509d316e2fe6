import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createFork, createSnapshot, openFork, openSnapshot } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** Without what the server itself makes anew at any time. */
const lasting = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name !== 'pg_internal.init').sort()

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('destroying a fork that used up its snapshot leaves another snapshot of that name alone', async () => {
    const fork = await bench.fork({ name: 'twin', resettable: false })
    const { dataDirectory } = bench.source
    await using snapshot = await createSnapshot({ source: dataDirectory, name: 'twin', ...bench.options })
    await fork.destroy()
    expect((await openSnapshot('twin', bench.options)).name).toBe('twin')
    await using later = await bench.fork({ source: snapshot, name: 'later' })
    expect(later.pid).toBeDefined()
  })

  test('the handle of a snapshot or fork that is gone does nothing to its namesake', async () => {
    const source = bench.source.dataDirectory
    const old = await createSnapshot({ source, name: 'again', ...bench.options })
    await old.destroy()
    await using snapshot = await createSnapshot({ source, name: 'again', ...bench.options })
    await old.destroy()
    const stale = await bench.fork({ source: snapshot, name: 'again' })
    await stale.destroy()
    await using fork = await bench.fork({ source: snapshot, name: 'again', protect: true })
    try {
      for (const action of ['start', 'reset', 'persist', 'protect', 'unprotect'] as const)
        await expect(stale[action]()).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
      await stale.destroy()
      expect((await openFork('again', bench.options)).pid).toBe(fork.pid)
    } finally {
      await fork.unprotect()
    }
  })

  test('a fork that is being reset is no garbage, although its maker has ended', async () => {
    await using _ = await bench.fork({ name: 'reset', lifetime: 'persistent' })
    const path = join(bench.stateDirectory, 'forks', 'reset.json')
    const record = JSON.parse(await readFile(path, 'utf8'))
    const maker = { pid: 2 ** 22 + 1, startedAt: record.maker.startedAt.replace(/:\d+:/, ':1:') }
    await writeFile(path, JSON.stringify({ ...record, maker }))
    let collected: unknown
    // Its clone is made anew in this moment.
    const meddling = {
      ...bench.options.driver,
      attach: async (...parameters: Parameters<typeof bench.options.driver.attach>) => {
        collected = await collectGarbage(bench.options)
        return bench.options.driver.attach(...parameters)
      },
    }
    await (await openFork('reset', { ...bench.options, driver: meddling })).reset()
    expect(collected).toEqual([])
    expect((await openFork('reset', bench.options)).pid).toBeDefined()
  })

  test.each(['base', 'pg_replslot', 'pg_xact', 'global'])(
    'H1, H23: a %s behind a symbolic link would be shared with the source, and is refused untouched',
    async (name) => {
      const { source } = bench
      await source.stop()
      const elsewhere = join(bench.storage.path, 'elsewhere')
      await mkdir(elsewhere, { mode: 0o700 })
      await giveToServerUser(elsewhere)
      const [path, moved] = [join(source.dataDirectory, name), join(elsewhere, name)]
      await runner.run('cp', ['-a', path, moved])
      await rename(path, `${path}.kept`)
      await symlink(moved, path)
      try {
        await source.start()
        if (name === 'pg_replslot') await source.query(`SELECT pg_create_physical_replication_slot('kept', true)`)
        const before = await lasting(moved)
        await expect(createFork({ source: source.dataDirectory, ...bench.options })).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H1',
          facts: { link: name },
          leftBehind: [],
        })
        expect(await lasting(moved)).toEqual(before)
        await expectNothingLeft(bench)
      } finally {
        await source.stop()
        await runner.run('rm', ['-rf', path, elsewhere])
        await rename(`${path}.kept`, path)
        await source.start()
      }
    },
  )
})
