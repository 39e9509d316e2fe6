import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { reservePort } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', { settings: { work_mem: '7MB', shared_buffers: '256MB' } }, (bench) => {
  beforeAll(async () => {
    await bench.source.query(`CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ada');
      CREATE ROLE clerk LOGIN SUPERUSER PASSWORD 'secret word'`)
    await bench.source.query('CREATE DATABASE office')
  })

  const namesIn = async (server: Parameters<typeof query>[0]) =>
    (await query<{ name: string }>(server, 'SELECT name FROM people')).map(({ name }) => name)

  test('prepare changes the fork while nobody else can connect, by socket or TCP; then everybody can', async () => {
    let attempts: string[] = []
    await using fork = await bench.fork({
      async prepare(client) {
        attempts = await tryToEnter(client)
        await client.query(`UPDATE people SET name = 'masked'`)
      },
    })
    expect(attempts).toEqual(['socket: 28000', 'tcp: 28000'])
    expect(await namesIn(fork)).toEqual(['masked'])
    expect(await namesIn(bench.source)).toEqual(['Ada'])
    const [ownSocket, tcp] = clerksOf(fork)
    expect(await namesIn({ connection: ownSocket })).toEqual(['masked'])
    expect(await namesIn({ connection: tcp })).toEqual(['masked'])
  })

  test('what prepare throws fails the fork and leaves nothing', async () => {
    const cause = new Error('no such person')
    const failed = bench.fork({
      name: 'unprepared',
      prepare() {
        throw cause
      },
    })
    await expect(failed).rejects.toMatchObject({ code: 'PREPARE_FAILED', step: 'prepare', cause, leftBehind: [] })
    await using fork = await bench.fork({ name: 'unprepared' })
    expect(await namesIn(fork)).toEqual(['Ada'])
  })

  test("the caller's verify decides, after prepare and after our own checks", async () => {
    const seen: string[] = []
    await using fork = await bench.fork({
      prepare: (client) => client.query(`UPDATE people SET name = 'masked'`),
      verify: async (client) =>
        void seen.push(...(await client.query('SELECT name FROM people')).rows.map((r) => r.name)),
    })
    expect(seen).toEqual(['masked'])
    expect(await namesIn(fork)).toEqual(['masked'])
    const refused = bench.fork({
      async verify(client) {
        const { rows } = await client.query<{ name: string }>('SELECT name FROM people')
        if (rows.some(({ name }) => name === 'Ada')) throw new Error('Ada is in it')
      },
    })
    await expect(refused).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', step: 'verify', leftBehind: [] })
    await expect(refused).rejects.toThrow('Ada is in it')
  })

  test('settings: those given win over the source’s and ours, those of the fork itself are refused', async () => {
    const show = async (server: Parameters<typeof query>[0]) => {
      const names = ['work_mem', 'shared_buffers', 'log_statement', 'search_path']
      const rows = await query<{ name: string; value: string }>(
        server,
        'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1)',
        [names],
      )
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    }
    {
      await using fork = await bench.fork()
      expect(await show(fork)).toMatchObject({ work_mem: '7MB', shared_buffers: '128MB', log_statement: 'none' })
    }
    await using fork = await bench.fork({
      settings: { Work_Mem: '11MB', shared_buffers: '32MB', log_statement: 'all', search_path: `"it's odd", public` },
    })
    expect(await show(fork)).toEqual({
      work_mem: '11MB',
      shared_buffers: '32MB',
      log_statement: 'all',
      search_path: `"it's odd", public`,
    })
    for (const settings of [{ port: 5432 }, { data_directory: '/x' }, { hba_file: '/x' }, { restore_command: 'true' }])
      await expect(bench.fork({ settings })).rejects.toMatchObject({ code: 'SETTING_REFUSED' })
  })

  test('durability: a durable fork flushes, a throwaway one never does', async () => {
    const names = ['fsync', 'full_page_writes', 'synchronous_commit']
    const show = async (server: Parameters<typeof query>[0]) =>
      (
        await query<{ setting: string }>(
          server,
          'SELECT setting FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
          [names],
        )
      ).map(({ setting }) => setting)
    await using durable = await bench.fork()
    await using throwaway = await bench.fork({ durability: 'throwaway' })
    expect(await show(durable)).toEqual(['on', 'on', 'on'])
    expect(await show(throwaway)).toEqual(['off', 'off', 'off'])
    await query(throwaway, `UPDATE people SET name = 'thrown away'`)
    await throwaway.stop()
    await throwaway.start()
    expect(await namesIn(throwaway)).toEqual(['thrown away'])
  })

  test('port, name, role and database are as they were asked for, and taken only once', async () => {
    const reserved = await reservePort()
    try {
      const { port } = reserved
      await using fork = await bench.fork({ port, name: 'chosen.name_1', role: 'clerk', database: 'office' })
      expect([fork.name, fork.port]).toEqual(['chosen.name_1', port])
      expect(fork.connection).toMatchObject({ port, user: 'clerk', database: 'office' })
      const client = new pg.Client(fork.connectionString)
      await client.connect()
      const { rows } = await client.query('SELECT current_user AS role, current_database() AS database')
      await client.end()
      expect(rows).toEqual([{ role: 'clerk', database: 'office' }])
      await expect(bench.fork({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
      await expect(bench.fork({ name: 'chosen.name_1' })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
      await fork.stop()
      // Held while the fork is stopped, too.
      await expect(bench.fork({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
      await fork.start()
    } finally {
      await reserved.release()
    }
  })

  /** From within prepare: what a superuser with the right password meets. */
  async function tryToEnter(client: Client): Promise<string[]> {
    const { rows } = await client.query<{ port: number; host: string }>(
      `SELECT current_setting('port')::int AS port, current_setting('unix_socket_directories') AS host`,
    )
    const { port = 0, host = '' } = rows[0] ?? {}
    const outcomes: string[] = []
    for (const [way, connection] of Object.entries(ways(host, port)))
      outcomes.push(
        await namesIn({ connection }).then(
          () => `${way}: entered`,
          (error: { code?: string }) => `${way}: ${error.code}`,
        ),
      )
    return outcomes
  }

  const ways = (socketDirectory: string, port: number) => {
    const clerk = { port, user: 'clerk', password: 'secret word', database: 'postgres' }
    return { socket: { ...clerk, host: socketDirectory }, tcp: { ...clerk, host: '127.0.0.1' } }
  }

  const clerksOf = ({ socketDirectory, port }: { socketDirectory: string; port: number }) => {
    const { socket, tcp } = ways(socketDirectory, port)
    return [socket, tcp] as const
  }

  test("no secret of the source's is in a fork's files or in the state directory", async () => {
    await using fork = await bench.fork({
      source: {
        dataDirectory: bench.source.dataDirectory,
        connection: { host: '127.0.0.1', user: 'clerk', password: 'secret word' },
      },
    })
    const files = [join(fork.dataDirectory, 'postgresql.conf'), fork.logFile]
    const records = [`forks/${fork.name}.json`, `snapshots/${fork.name}.json`]
    for (const path of [...files, ...records.map((record) => join(bench.stateDirectory, record))])
      expect(await readFile(path, 'utf8')).not.toContain('secret word')
    expect(JSON.stringify([fork.connection, fork.connectionString, fork.verification])).not.toContain('secret word')
  })
})
