import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { writeServerFile } from '../../support/cluster/configuration.ts'
import { copyLiveFiles } from '../../support/cluster/copy-live-files.ts'
import { createTablespace } from '../../support/cluster/index.ts'
import { withHooks } from '../../support/fork/with-hooks.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'tablespaces that come and go while their server is forked',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const volume = await bench.directory(storage, 'source')
    const source = await bench.cluster({ directory: join(volume, 'main'), settings: { autovacuum: 'off' } })
    const standby = await bench.standby(source, {
      directory: join(await bench.directory(storage, 'source/standby'), 'main'),
    })
    // It must not replay what follows: on one machine it would make the tablespaces in its primary's directories.
    await standby.query('SELECT pg_wal_replay_pause()')
    return { source, standby, volume }
  },
  (bench) => {
    let number = 0

    /** Makes a tablespace with a table, and tells what is in its directory from time to time. */
    async function makeTablespace() {
      const name = `space_${++number}`
      const directory = join(bench.volume, name)
      await createTablespace(bench.source, name, directory)
      await bench.source.query(`CREATE TABLE in_${name} TABLESPACE ${name} AS SELECT generate_series(1, 100) AS id`)
      return { name, directory, files: async () => (await readdir(directory, { recursive: true })).sort() }
    }

    async function locationIn(fork: Fork, name: string): Promise<string | undefined> {
      const sql = 'SELECT pg_tablespace_location(oid) AS path FROM pg_tablespace WHERE spcname = $1'
      return (await query<{ path: string }>(fork, sql, [name]))[0]?.path
    }

    const refused = { code: 'LAYOUT_REFUSED', hazard: 'H1' }

    test('H1: a fork that would replay the making of a tablespace, into the source’s directory, is refused', async () => {
      const { source } = bench
      await source.query('CHECKPOINT')
      const { name, directory, files } = await makeTablespace()
      const before = await files()
      await expect(bench.fork(source, { driver: btrfs(), checkpoint: false })).rejects.toMatchObject({
        ...refused,
        facts: { path: directory },
      })
      expect(await files()).toEqual(before)

      // With a checkpoint, which is the default, there is nothing to replay, and the fork has its own.
      await using fork = await bench.fork(source, { driver: btrfs() })
      expect(await locationIn(fork, name)).toMatch(/\/\.pgfork\/clones\//)
      await query(fork, `CREATE TABLE forked (id int) TABLESPACE ${name}; DROP TABLE in_${name}; CHECKPOINT`)
      expect(await files()).toEqual(before)
      expect(await source.query(`SELECT count(*)::int FROM in_${name}`)).toEqual([{ count: 100 }])
    })

    test('H1: a tablespace that is made after the source was looked at refuses its fork', async () => {
      const { source } = bench
      const made: Awaited<ReturnType<typeof makeTablespace>>[] = []
      const before = async () => {
        made.push(await makeTablespace())
        await source.query('CHECKPOINT')
      }
      const failure = bench.fork(source, { driver: withHooks(btrfs(), { before }) })
      await expect(failure).rejects.toMatchObject(refused)
      await expect(failure).rejects.toThrow(made[0]?.directory)
    })

    test('H1: a tablespace that is made during a base backup refuses its fork', async () => {
      const { source } = bench
      const before = async () => void (await makeTablespace())
      await expect(bench.fork(source, { driver: withHooks(copy(), { before }) })).rejects.toMatchObject(refused)
    })

    test('H1: a tablespace that is dropped while its server is forked goes with the fork, too', async () => {
      const { source } = bench
      for (const driver of [btrfs(), copy()]) {
        const { name, directory } = await makeTablespace()
        const before = async () => {
          await source.query(`DROP TABLE in_${name}`)
          await source.query(`DROP TABLESPACE ${name}`)
        }
        await using fork = await bench.fork(source, { driver: withHooks(driver, { before }) })
        expect(await locationIn(fork, name)).toBeUndefined()
        const links = await readdir(join(fork.dataDirectory, 'pg_tblspc'))
        for (const link of links)
          expect(await readlink(join(fork.dataDirectory, 'pg_tblspc', link))).not.toMatch(`${directory}$`)
      }
    })

    test('H1: a standby that has received the making of a tablespace, and not replayed it, refuses its fork', async () => {
      const { source, standby } = bench
      const { files } = await makeTablespace()
      const [sent] = await source.query<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position')
      await waitUntil(
        async () =>
          (await standby.query('SELECT WHERE pg_last_wal_receive_lsn() >= $1::pg_lsn', [sent?.position])).length > 0,
        { timeoutMs: 30_000, what: 'receipt by the standby' },
      )
      const before = await files()
      await expect(bench.fork(standby, { driver: btrfs() })).rejects.toMatchObject(refused)
      expect(await files()).toEqual(before)
    })

    test('H1: an unpacked base backup whose tablespaces are not linked yet is refused', async () => {
      const { source, volume } = bench
      await source.query('CHECKPOINT')
      await source.stop()
      const unpacked = join(volume, 'unpacked')
      await copyLiveFiles(source.dataDirectory, unpacked, () => true)
      await source.start()
      await writeServerFile(
        join(unpacked, 'backup_label'),
        'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n',
      )
      await writeServerFile(join(unpacked, 'tablespace_map'), '16384 /elsewhere\n')
      await expect(bench.fork(source, { source: unpacked, driver: btrfs() })).rejects.toMatchObject(refused)
    })
  },
)
