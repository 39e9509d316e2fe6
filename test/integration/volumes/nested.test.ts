import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'volumes below a data directory',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const source = await bench.cluster({ directory: join(await bench.directory(storage, 'source'), 'main') })
    await source.query('CREATE DATABASE elsewhere')
    return { source }
  },
  (bench) => {
    /** The directory of the database, as the source keeps it. */
    async function databaseDirectory(): Promise<string> {
      const rows = await bench.source.query<{ oid: string }>(
        `SELECT oid::text FROM pg_database WHERE datname = 'elsewhere'`,
      )
      return join(bench.source.dataDirectory, 'base', rows[0]?.oid ?? '')
    }

    /** Puts something else in the place of the stopped source's directory, with its content, and gives back what was. */
    async function replaceDirectory(path: string, make: () => Promise<unknown>): Promise<() => Promise<void>> {
      const kept = `${path}.kept`
      const { source } = bench
      await source.stop()
      await runner.run('mv', [path, kept])
      await make()
      await giveToServerUser(path)
      await runner.run('cp', ['--archive', `${kept}/.`, path])
      await source.start()
      return async () => {
        await source.stop()
        await runner.run('cp', ['--archive', `${path}/.`, kept])
      }
    }

    test('H3: a subvolume below the data directory is found before anything is done, and refused', async () => {
      const { source } = bench
      const path = await databaseDirectory()
      const giveBack = await replaceDirectory(path, () => runner.run('btrfs', ['subvolume', 'create', path]))
      try {
        const commands = bench.options.runner.commands.length
        await expect(bench.fork(source, { driver: btrfs() })).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H3',
          step: 'plan',
          facts: { subvolumes: [path], mounts: [] },
          message: expect.stringMatching(/ordinary directories.* symbolic links .* copy driver/s),
        })
        const later = bench.options.runner.commands.slice(commands).map(({ args }) => args.join(' '))
        expect(later.filter((words) => words.startsWith('subvolume snapshot'))).toEqual([])

        // What the error proposes works: copying doesn't stop at the subvolume.
        await source.query('CREATE TABLE IF NOT EXISTS nested (id int)')
        await using fork = await bench.fork(source, { driver: copy() })
        expect(await query(fork, `SELECT count(*)::int FROM pg_database WHERE datname = 'elsewhere'`)).toEqual([
          { count: 1 },
        ])
        const { host, port, user } = fork.connection
        const elsewhere = { connection: { host, port, user, database: 'elsewhere' } }
        expect(await query(elsewhere, 'SELECT count(*) > 300 AS complete FROM pg_class')).toEqual([{ complete: true }])
      } finally {
        await giveBack()
        await runner.run('btrfs', ['subvolume', 'delete', path])
        await runner.run('mv', [`${path}.kept`, path])
        await source.start()
      }
    })

    test('H3: a mount below the data directory is found before anything is done, and refused', async () => {
      const { source } = bench
      const path = await databaseDirectory()
      const giveBack = await replaceDirectory(path, async () => {
        await mkdir(path, { mode: 0o700 })
        await runner.run('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', path])
      })
      try {
        await expect(bench.fork(source, { driver: btrfs() })).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H3',
          facts: { subvolumes: [], mounts: [path] },
        })
        await using fork = await bench.fork(source, { driver: copy() })
        const { host, port, user } = fork.connection
        const elsewhere = { connection: { host, port, user, database: 'elsewhere' } }
        expect(await query(elsewhere, 'SELECT count(*) > 300 AS complete FROM pg_class')).toEqual([{ complete: true }])
      } finally {
        await giveBack()
        await runner.run('umount', [path])
        await runner.run('rm', ['-r', path])
        await runner.run('mv', [`${path}.kept`, path])
        await source.start()
      }
    })
  },
)
