import { mkdir, readdir, readFile, rename, symlink, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createFork } from '@pgfork/core'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/create-tablespace.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** Without what the server itself makes anew at any time. */
const lasting = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name !== 'pg_internal.init').sort()

await describeOn('btrfs', {}, (bench) => {
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

  test.each(['a database', 'a tablespace'])(
    'H66: a relation file of %s behind a symbolic link would be written by a fork, and is refused untouched',
    async (place) => {
      const { source } = bench
      const space = join(await bench.directory('space'), 'files')
      await createTablespace(source, 'space', space)
      const [row] = await source.query<{ path: string }>(
        `CREATE TABLE moved ${place === 'a tablespace' ? 'TABLESPACE space' : ''} AS SELECT generate_series(1, 1000) AS number;
         CHECKPOINT; SELECT pg_relation_filepath('moved') AS path`,
      )
      const file = join(source.dataDirectory, row?.path ?? '')
      const moved = join(await bench.directory('elsewhere'), 'relation')
      await source.stop()
      await runner.run('mv', [file, moved])
      await symlink(moved, file)
      try {
        await source.start()
        expect(await source.query('SELECT count(*)::int AS count FROM moved')).toEqual([{ count: 1000 }])
        // The source's own changes by that are written.
        await source.query('CHECKPOINT')
        const before = await readFile(moved)
        await expect(createFork({ source: source.dataDirectory, ...bench.options })).rejects.toMatchObject({
          code: 'LAYOUT_REFUSED',
          hazard: 'H66',
          facts: { link: expect.stringMatching(/\/\d+$/) },
          leftBehind: [],
        })
        expect((await readFile(moved)).equals(before)).toBe(true)
        await expectNothingLeft(bench)
      } finally {
        await source.stop()
        await runner.run('rm', ['-f', file])
        await runner.run('mv', [moved, file])
        await source.start()
        await source.query('DROP TABLE moved')
        await source.query('DROP TABLESPACE space')
        for (const folder of [dirname(moved), dirname(space)]) await runner.run('rm', ['-rf', folder])
      }
    },
  )

  test("H5: links beside the server's own files are left out of a fork, which says so", async () => {
    const { dataDirectory } = bench.source
    const elsewhere = await bench.directory('logs')
    for (const name of ['log', 'server.crt']) await symlink(elsewhere, join(dataDirectory, name))
    try {
      const warnings: string[] = []
      await using fork = await bench.fork({ onWarning: (warning) => warnings.push(warning) })
      const entries = await readdir(fork.dataDirectory, { withFileTypes: true })
      expect(entries.filter((entry) => entry.isSymbolicLink())).toEqual([])
      for (const name of ['log', 'server.crt'])
        expect(warnings).toContainEqual(expect.stringContaining(`${name} is a symbolic link`))
    } finally {
      for (const name of ['log', 'server.crt']) await unlink(join(dataDirectory, name))
      await runner.run('rm', ['-rf', elsewhere])
    }
  })
})
