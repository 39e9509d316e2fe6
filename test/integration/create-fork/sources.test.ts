import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { describeHistory, recordHistory, removeHistory } from '@pgfork/core'
import type { Client } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { writeServerFile } from '../../support/cluster/configuration.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', { settings: { log_checkpoints: 'on', log_connections: 'on' } }, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE origin (id int PRIMARY KEY); INSERT INTO origin VALUES (1)')
  })

  const idsIn = async (server: Parameters<typeof query>[0]) =>
    (await query<{ id: number }>(server, 'SELECT id FROM origin ORDER BY id')).map(({ id }) => id)

  test('a stopped source is forked as it was left, and stays stopped; its WAL may have any mode', async () => {
    const { source } = bench
    await source.stop()
    const wal = join(source.dataDirectory, 'pg_wal')
    const open = async (mode: number): Promise<void> => {
      for (const name of await readdir(wal)) if (/^[0-9A-F]{24}$/.test(name)) await chmod(join(wal, name), mode)
    }
    // As a tool may restore it.
    await open(0o666)
    try {
      await using fork = await bench.fork()
      expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 2])
      expect(await idsIn(fork)).toEqual([1])
      await query(fork, 'INSERT INTO origin VALUES (30)')
      expect(source.isRunning()).toBe(false)
      expect(fork.verification?.warnings).toEqual([])
    } finally {
      await open(0o600)
      await source.start()
    }
    expect(await idsIn(source)).toEqual([1])
  })

  test('what was named from one folder is found from every other one: a server starts in its own, the next call is made in any', async () => {
    const { source, storage, options } = bench
    const folder = process.cwd()
    const below = (path: string) => relative(folder, path)
    const kept = join(storage.path, 'history')
    await mkdir(kept, { mode: 0o700 })
    const dataDirectory = below(source.dataDirectory)
    await using fork = await bench.fork({ source: { dataDirectory, binDirectory: below(source.binDirectory) } })
    const request = { ...options, source: source.dataDirectory, keep: '60x1min' }
    await recordHistory({ ...request, source: dataDirectory, directory: below(kept) })
    const ofHistory = { ...options, source: source.dataDirectory }
    try {
      process.chdir('/')
      await fork.reset()
      expect(await idsIn(fork)).toEqual([1])
      await recordHistory(request)
      await recordHistory({ ...request, directory: kept })
      expect(await describeHistory(ofHistory)).toMatchObject({ gaps: [] })
      expect(await readdir(kept)).toHaveLength(1)
      await removeHistory(ofHistory)
      expect(await readdir(kept)).toEqual([])
    } finally {
      process.chdir(folder)
      await rm(kept, { recursive: true })
    }
  })

  test('a crashed source is forked as its recovery will make it', async () => {
    const { source } = bench
    await source.query('CHECKPOINT')
    await source.query('INSERT INTO origin VALUES (40)')
    await source.crash()
    try {
      await using fork = await bench.fork()
      expect(await idsIn(fork)).toEqual([1, 40])
    } finally {
      await source.start()
    }
    expect(await source.query('DELETE FROM origin WHERE id = 40 RETURNING id')).toEqual([{ id: 40 }])
  })

  test('a running source that lets nobody in is forked without a checkpoint, and that is said', async () => {
    const { source } = bench
    const hba = join(dirname(source.configFile), 'pg_hba.conf')
    const session = await source.client()
    await session.query('CHECKPOINT')
    await session.query('INSERT INTO origin VALUES (50)')
    const log = await source.log()
    await writeServerFile(hba, 'local all all reject\nhost all all 127.0.0.1/32 reject\n')
    await session.query('SELECT pg_reload_conf()')
    try {
      const warnings: string[] = []
      await using fork = await bench.fork({ onWarning: (message) => void warnings.push(message) })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain('No checkpoint was made')
      expect(warnings[0]).toContain('reject')
      expect(fork.verification?.warnings).toEqual(warnings)
      expect((await source.log()).slice(log.length)).not.toContain('checkpoint starting')
      expect(await idsIn(fork)).toEqual([1, 50])
      // By the socket the fork's owner gets in all the same.
      expect(await query(fork, "SELECT auth_method FROM pg_hba_file_rules WHERE type = 'local'")).toEqual(
        Array(2).fill({ auth_method: 'trust' }),
      )
      await expect(bench.fork({ checkpoint: true })).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED' })
    } finally {
      await writeServerFile(hba, 'local all all trust\nhost all all 127.0.0.1/32 trust\n')
      await session.query('SELECT pg_reload_conf()')
      await session.query('DELETE FROM origin WHERE id = 50')
      await session.end()
    }
  })

  const hostile = {
    PGDATA: '/nowhere',
    PGPORT: '1',
    PGHOST: '/nowhere',
    PGHOSTADDR: '192.0.2.1',
    PGUSER: 'nobody',
    PGDATABASE: 'nothing',
    PGPASSWORD: 'wrong',
    PGOPTIONS: '-c default_transaction_read_only=on -c search_path=nowhere',
    PGSSLMODE: 'require',
    PGCLIENTENCODING: 'LATIN1',
    PGAPPNAME: 'hostile',
    PGSERVICE: 'nothing',
    PGDATESTYLE: 'German',
    LC_ALL: 'tr_TR.UTF-8',
    LC_MESSAGES: 'de_DE.UTF-8',
    LANG: 'de_DE.UTF-8',
    TZ: 'Asia/Kathmandu',
  }

  test("the caller's environment changes nothing of what prepare and verify meet", async () => {
    const before = { ...process.env }
    const facts: unknown[] = []
    const look = async (client: Client) => {
      const { rows } = await client.query(
        `SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone, current_user AS role,
                current_database() AS database, current_setting('DateStyle') AS style`,
      )
      facts.push(...rows)
    }
    const options = {
      prepare: async (client: Client) => {
        await client.query('INSERT INTO origin VALUES (70)')
        await look(client)
      },
      verify: look,
    }
    {
      await using plain = await bench.fork(options)
      expect(await idsIn(plain)).toEqual([1, 70])
    }
    Object.assign(process.env, hostile)
    try {
      await using fork = await bench.fork(options)
      for (const name of Object.keys(hostile)) delete process.env[name]
      expect(await idsIn(fork)).toEqual([1, 70])
    } finally {
      for (const name of Object.keys(hostile)) delete process.env[name]
      Object.assign(process.env, before)
    }
    expect(facts).toHaveLength(4)
    expect(facts.slice(2)).toEqual(facts.slice(0, 2))
  })

  test("the caller's environment changes nothing of a fork", async () => {
    await using plain = await bench.fork()
    await using other = await startForkProcess(bench.stateDirectory, { ...process.env, ...hostile })
    const made = await other.create({ source: bench.source.dataDirectory, name: 'hostile' })
    try {
      const facts = async (server: Parameters<typeof query>[0]) =>
        query(
          server,
          `SELECT name, setting FROM pg_settings WHERE NOT (name = ANY ('{cluster_name,config_file,data_directory,hba_file,
             ident_file,port,unix_socket_directories,application_name}')) ORDER BY name`,
        )
      expect(await facts(made)).toEqual(await facts(plain))
      expect(made.connection).toEqual({ ...plain.connection, host: made.socketDirectory, port: made.port })
      expect(await idsIn(made)).toEqual([1])
      await query(made, 'INSERT INTO origin VALUES (60)')
      await other.perform('stop', 'hostile')
      await other.perform('start', 'hostile')
      expect(await facts(made)).toEqual(await facts(plain))
      await other.perform('reset', 'hostile')
      expect(await idsIn(made)).toEqual([1])
    } finally {
      await other.perform('destroy', 'hostile')
    }
  })
})
