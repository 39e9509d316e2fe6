import { mkdir, readdir, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork } from '@pgfork/core'
import { expect, test } from 'vitest'
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
})
