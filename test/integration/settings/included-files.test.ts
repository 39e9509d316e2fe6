import { appendFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { writeServerFile } from '../../support/cluster/configuration.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'a Debian cluster whose settings are spread over files',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = join(await bench.directory(storage, 'source'), 'main')
    const source = await bench.cluster({ directory, layout: 'debian', settings: { work_mem: '1MB' } })
    const folder = dirname(source.configFile)
    const parts = join(folder, 'parts')
    await mkdir(parts, { mode: 0o755 })
    await giveToServerUser(parts)
    // Read after the main file's own lines: conf.d in the order of its names, then what the main file says further down.
    await writeServerFile(join(folder, 'conf.d', '10-first.conf'), `work_mem = 2MB\nstatement_timeout = '11min'\n`)
    await writeServerFile(join(folder, 'conf.d', '20-second.conf'), `work_mem = 3MB\ninclude '../parts/nested.conf'\n`)
    await writeServerFile(join(folder, 'conf.d', 'ignored.txt'), 'work_mem = 4MB\n')
    await writeServerFile(join(folder, 'conf.d', '.hidden.conf'), 'work_mem = 5MB\n')
    await writeServerFile(
      join(parts, 'nested.conf'),
      `deadlock_timeout = '7s' # a comment\nlog_line_prefix = 'it''s %m # no comment '\narchive_mode = on\narchive_command = 'true'\n`,
    )
    await appendFile(source.configFile, `include_if_exists = 'nowhere.conf'\ninclude 'parts/last.conf'\n`)
    await writeServerFile(join(parts, 'last.conf'), `maintenance_work_mem 70MB\nshared_preload_libraries = ''\n`)
    await source.restart()
    await source.query(`ALTER SYSTEM SET lock_timeout = '9s'`)
    await source.query('SELECT pg_reload_conf()')
    return { source, folder, parts }
  },
  (bench) => {
    const names = [
      'archive_command',
      'archive_mode',
      'deadlock_timeout',
      'lock_timeout',
      'log_line_prefix',
      'maintenance_work_mem',
      'statement_timeout',
      'work_mem',
    ]
    const expected = {
      archive_command: '(disabled)',
      archive_mode: 'off',
      deadlock_timeout: '7s',
      lock_timeout: '9s',
      log_line_prefix: "it's %m # no comment ",
      maintenance_work_mem: '70MB',
      statement_timeout: '11min',
      work_mem: '3MB',
    }

    async function settingsOf(fork: Fork): Promise<Record<string, string>> {
      const rows = await query<{ name: string; value: string }>(
        fork,
        'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1)',
        [names],
      )
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    }

    const filesOf = (fork: Fork) =>
      query<{ file: string }>(fork, 'SELECT DISTINCT sourcefile AS file FROM pg_file_settings')

    test('H5: a fork of the running source has the settings in force, all in files of its own', async () => {
      const { source } = bench
      await using fork = await bench.fork(source, { driver: btrfs() })
      for (const start of ['made', 'by hand']) {
        if (start === 'by hand') {
          await fork.stop()
          await startByHand(source, fork)
        }
        expect(await settingsOf(fork)).toEqual(expected)
        for (const { file } of await filesOf(fork)) expect(dirname(file)).toBe(fork.dataDirectory)
      }
    })

    test('H5: a fork of the stopped source has what its files say, found where its last start found them', async () => {
      const { source, parts } = bench
      await source.stop()
      try {
        await using fork = await bench.fork(source, { driver: btrfs() })
        expect(await settingsOf(fork)).toEqual(expected)
        expect(source.isRunning()).toBe(false)
        // An include that is missing is what the source would not start with, either.
        await rm(join(parts, 'last.conf'))
        await expect(bench.fork(source, { driver: btrfs() })).rejects.toMatchObject({
          code: 'SETTING_REFUSED',
          hazard: 'H5',
          message: expect.stringContaining(join(parts, 'last.conf')),
        })
      } finally {
        await writeServerFile(join(parts, 'last.conf'), 'maintenance_work_mem 70MB\n')
        await source.start()
      }
    })
  },
)
