import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, upTo, write } from './describe-moments.ts'

const isInstalled = await runner.run('pgbackrest', ['version']).then(
  () => true,
  () => false,
)

describe.skipIf(!isInstalled)(`pgBackRest${isInstalled ? '' : ', skipped: it is not installed'}`, async () => {
  await describeWorkbench(
    'an archive of its own',
    ['btrfs'],
    async (bench) => {
      const storage = await bench.storage('btrfs')
      const source = await bench.cluster({
        directory: join(await bench.directory(storage, 'source-main'), 'main'),
        settings: { autovacuum: 'off', archive_mode: 'on', archive_command: '/bin/false' },
      })
      return { source, folder: await bench.directory(storage, 'source/pgbackrest') }
    },
    (bench) => {
      const command = (...words: string[]) =>
        ['pgbackrest', `--config=${join(bench.folder, 'pgbackrest.conf')}`, '--stanza=main', ...words].join(' ')

      /** Compressed and encrypted. */
      async function configure({ dataDirectory, connection }: Cluster): Promise<void> {
        for (const name of ['repo', 'log', 'lock', 'spool']) {
          await mkdir(join(bench.folder, name))
          await giveToServerUser(join(bench.folder, name))
        }
        const path = join(bench.folder, 'pgbackrest.conf')
        await writeFile(
          path,
          `[global]
repo1-path=${join(bench.folder, 'repo')}
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=not-for-the-fork
compress-type=gz
log-path=${join(bench.folder, 'log')}
lock-path=${join(bench.folder, 'lock')}
spool-path=${join(bench.folder, 'spool')}
[main]
pg1-path=${dataDirectory}
pg1-socket-path=${connection.host}
pg1-port=${connection.port}
pg1-user=postgres
`,
        )
        await giveToServerUser(path)
      }

      test('H79: a moment whose WAL is in its repository alone', async () => {
        const { source } = bench
        await configure(source)
        await runner.run('sh', ['-c', command('stanza-create')], serverUser === undefined ? {} : { user: serverUser })
        await source.settings({ archive_command: command('archive-push', '%p') })
        await source.query('CREATE TABLE events (id int PRIMARY KEY)')
        await using snapshot = await createSnapshot({
          source: source.dataDirectory,
          name: 'archived',
          driver: btrfs(),
          ...bench.options,
        })
        const [begun] = await source.query<{ name: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name')
        const written = []
        for (let id = 1; id <= 3; id++) {
          written.push(await write(source, id))
          await source.query('SELECT pg_switch_wal()')
        }
        await waitUntil(
          async () => {
            // What isn't archived yet stays in pg_wal.
            await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
            return !(await readdir(join(source.dataDirectory, 'pg_wal'))).includes(begun?.name ?? '')
          },
          { timeoutMs: 120_000, what: async () => `archiving. The server's log:\n${await source.log()}` },
        )
        const at = written[1]?.after.time ?? ''
        const make = (options: object) => bench.fork(source, { source: snapshot, at, driver: btrfs(), ...options })
        await expect(make({})).rejects.toMatchObject({ code: 'MOMENT_NOT_COVERED', leftBehind: [] })
        const wal = { restoreCommand: command('archive-get', '%f', '"%p"') }
        await using fork = await make({ wal })
        expect(await eventsIn(fork)).toEqual(upTo(2))
        await fork.reset()
        expect(await eventsIn(fork)).toEqual(upTo(2))
        const holding = await runner
          .run('grep', ['-rlE', 'pgbackrest.conf|not-for-the-fork', fork.dataDirectory])
          .catch(() => ({ stdout: '' }))
        expect(holding.stdout).toBe('')
        // It answers no for what it hasn't, and the fork is refused with that.
        const late = await make({ wal, at: '7/0' }).catch((error: unknown) => error)
        expect(late).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          message: expect.stringMatching(/The restore command had no [0-9A-F]{24} \(exit status 1/),
        })
      })
    },
  )
})
