import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

// 15 has no exclusive backups any more.
const versions: readonly MajorVersion[] = ['10', '14']

for (const version of versions)
  await describeWorkbench(
    `PostgreSQL ${version} with a backup in progress`,
    ['btrfs'],
    async (bench) => {
      const storage = await bench.storage('btrfs')
      const directory = join(await bench.directory(storage, 'source'), 'main')
      const source = await bench.cluster({ directory, version })
      await source.query('CREATE TABLE seen (id int); INSERT INTO seen VALUES (1)')
      return { source, label: join(directory, 'backup_label') }
    },
    (bench) => {
      const refused = {
        code: 'SETTING_REFUSED',
        hazard: 'H42',
        message: expect.stringContaining('pg_stop_backup()'),
      }

      test('H42: an exclusive one is refused, named, and left alone', async () => {
        const { source, label } = bench
        await source.query(`SELECT pg_start_backup('somebody else', true, true)`)
        try {
          for (const driver of [btrfs(), copy()])
            await expect(bench.fork(source, { driver })).rejects.toMatchObject(refused)
          await access(label)
        } finally {
          await source.query('SELECT pg_stop_backup(true)')
        }
        await using fork = await bench.fork(source, { driver: btrfs() })
        expect(await query(fork, 'SELECT id FROM seen')).toEqual([{ id: 1 }])
      })

      test('H42: the label of one that a crash cut off belongs to the data, and is never deleted', async () => {
        const { source, label } = bench
        await source.query(`SELECT pg_start_backup('somebody else', true, true)`)
        await source.query('INSERT INTO seen VALUES (2)')
        await source.crash()
        // Like a restored backup without its end: PostgreSQL won't call that consistent.
        const failure = await bench.fork(source, { driver: btrfs() }).catch((error: unknown) => error)
        await access(label)
        await source.start()
        expect(failure).toMatchObject({
          code: 'SERVER_START_FAILED',
          message: expect.stringContaining('WAL ends before end of online backup'),
        })
        // What is left of it in the source's control file keeps its forks from a timeline of their own.
        await using fork = await bench.fork(source, { driver: btrfs() })
        expect(await query(fork, 'SELECT id FROM seen ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
        expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 1])
        expect(fork.verification?.warnings).toEqual([expect.stringContaining('(H42)')])
        await using copied = await bench.fork(source, { driver: copy() })
        expect([copied.timeline, copied.verification?.warnings]).toEqual([2, []])
      })

      test('H42: one that is not exclusive writes no label, and goes on', async () => {
        const { source } = bench
        const session = await source.client()
        await session.query(`SELECT pg_start_backup('somebody else', true, false)`)
        for (const driver of [btrfs(), copy()]) {
          await using fork = await bench.fork(source, { driver })
          await query(fork, 'INSERT INTO seen VALUES (3)')
        }
        const { rows } = await session.query('SELECT labelfile FROM pg_stop_backup(false, false)')
        expect(rows[0]?.labelfile).toContain('LABEL: somebody else')
        await session.end()
      })
    },
  )
