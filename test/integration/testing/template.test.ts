import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createFork, listForks, listSnapshots } from '@pgfork/core'
import { overlay } from '@pgfork/driver-overlay'
import { createTemplate, pruneTemplates, type Setup, type Template } from '@pgfork/testing'
import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { listKept, removeKept } from '../../../packages/testing/src/kept/kept-servers.ts'
import { byExtent } from '../../support/extent.ts'
import { programArguments } from '../../support/programs/program.ts'
import { startTemplateProcess } from '../../support/programs/template-process.ts'
import type { FileSystemName } from '../../support/storage/index.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeTemplatesOn, smallSetup, type TemplateWorkbench } from '../../support/workbench/template-workbench.ts'

const filesystems: readonly FileSystemName[] = byExtent(['ext4'], ['btrfs', 'xfs', 'ext4'])

for (const filesystem of filesystems)
  await describeTemplatesOn(filesystem, (bench) => {
    test('a template is made once, and found again for the same key', async () => {
      let setups = 0
      const make = (key: string) =>
        createTemplate({
          ...bench.options,
          key,
          setup: () => {
            setups++
          },
        })
      const [first, second] = [await make('one'), await make('one')]
      expect(second.name).toBe(first.name)
      expect(setups).toBe(1)
      // The time that making it may take is not that of the tests.
      const making = new AbortController()
      const third = await createTemplate({ ...bench.options, key: 'one', setup: () => {}, signal: making.signal })
      making.abort()
      await using server = await third.fork()
      expect(server.pid).toBeDefined()
      expect((await make('two')).name).not.toBe(first.name)
      expect(setups).toBe(2)
    })

    test('texts are sorted by their bytes, or as initdbOptions say, which are part of the key', async () => {
      const make = (initdbOptions?: string[]) =>
        createTemplate({ ...bench.options, key: 'sorted', ...(initdbOptions === undefined ? {} : { initdbOptions }) })
      const read = async (template: Template) => {
        await using server = await template.fork()
        const { rows } = await (await server.connect()).query(
          `select string_agg(word, ' ' order by word) as sorted, current_setting('data_checksums') as checksums
             from unnest(array['b', 'Z', 'ä', 'a']) word`,
        )
        return rows
      }
      const plain = await make()
      const german = await make(['--locale-provider=icu', '--icu-locale=de', '--data-checksums'])
      expect(german.name).not.toBe(plain.name)
      expect(await read(plain)).toEqual([{ sorted: 'Z a b ä', checksums: 'off' }])
      expect(await read(german)).toEqual([{ sorted: 'a ä b Z', checksums: 'on' }])
    })

    test('servers of a template have its content, and nothing of each other', async () => {
      const template = await bench.template()
      await using one = await template.fork()
      await using other = await template.fork()
      const [client, otherClient] = [await one.connect(), await other.connect()]
      await client.query('delete from item')
      await client.query('create role only_here')
      await client.query("alter system set work_mem = '7MB'")
      const { rows } = await otherClient.query(
        "select count(*)::int as items, (select count(*)::int from pg_roles where rolname = 'only_here') as roles from item",
      )
      expect(rows).toEqual([{ items: 1000, roles: 0 }])
      expect(one.pid).not.toBe(other.pid)
    })

    const user = serverUser
    if (filesystem !== 'btrfs' && user !== undefined)
      test("H17: an ordinary user's server, whose files are copied beside its start, is handed out with all of them", async () => {
        const own = join(bench.storage.path, 'user')
        const request = { directory: join(own, 'templates'), stateDirectory: join(own, 'state') }
        try {
          for (const folder of [own, ...Object.values(request)]) {
            await mkdir(folder, { mode: 0o700 })
            await giveToServerUser(folder)
          }
          await runner.run(process.execPath, programArguments('user-template-program', request), { user })
        } finally {
          await rm(own, { recursive: true, force: true })
        }
      })

    test('a server is reset to the content of its template, with the same connection string', async () => {
      await using server = await (await bench.template()).fork()
      const { connectionString } = server
      const client = await server.connect()
      await client.query("update item set name = 'changed'")
      await client.query("alter system set work_mem = '7MB'")
      await server.reset()
      expect(server.connectionString).toBe(connectionString)
      const { rows } = await (await server.connect()).query(
        "select count(*)::int as changed, current_setting('work_mem') as work_mem from item where name = 'changed'",
      )
      expect(rows).toEqual([{ changed: 0, work_mem: '4MB' }])
    })

    test('a server flushes nothing, works without autovacuum, and takes the given settings', async () => {
      await using server = await (await bench.template()).fork({ settings: { work_mem: '3MB', max_connections: 40 } })
      const { rows } = await (await server.connect()).query(
        `select current_setting('fsync') as fsync, current_setting('autovacuum') as autovacuum,
                current_setting('work_mem') as work_mem, current_setting('max_connections') as connections,
                current_setting('maintenance_work_mem') as of_setup`,
      )
      expect(rows).toEqual([{ fsync: 'off', autovacuum: 'off', work_mem: '3MB', connections: '40', of_setup: '64MB' }])
      // Nor is it connected to while it is made, which takes longer (H24: it has no subscriptions).
      expect(server.steps.map(({ name }) => name)).not.toContain('neutralize')
    })

    if (filesystem === 'ext4')
      test('H141: a template on which a kept server lies is not removed, and is used by the next run', async () => {
        let setups = 0
        const setup: Setup = () => void setups++
        const given = { ...bench.options, driver: overlay({ volatile: true }) }
        const make = () => createTemplate({ ...given, key: 'kept', setup })
        const server = await (await make()).fork()
        await server.keep()
        expect(
          await pruneTemplates({ ...bench.operation, driver: [overlay(), bench.driver], all: true }),
        ).not.toContain((await make()).name)
        await (await make()).fork().then((other) => other.destroy())
        expect(setups).toBe(1)
        await removeKept(server.name, { ...bench.operation, driver: [overlay(), bench.driver] })
        await pruneTemplates({ ...bench.operation, driver: [overlay(), bench.driver], all: true })
      })

    if (filesystem === 'ext4')
      test('H129: a template whose cache somebody has emptied is made again', async () => {
        const make = () => createTemplate({ ...bench.options, key: 'emptied', setup: smallSetup })
        await make()
        await rm(join(bench.directory, '.pgfork'), { recursive: true })
        await using server = await (await make()).fork()
        expect((await (await server.connect()).query('select from item')).rowCount).toBe(1000)
      })

    test('the driver’s cost is told once, where every server is a copy of all bytes', async () => {
      const template = await createTemplate({ ...bench.options, key: 'advice' })
      for (let made = 0; made < 2; made++) await (await template.fork()).destroy()
      expect(bench.warnings.filter((warning) => warning.includes('byte by byte'))).toHaveLength(
        filesystem === 'ext4' ? 1 : 0,
      )
    })
  })

await describeTemplatesOn('btrfs', (bench) => {
  test('the key counts files by name and content', async () => {
    const folder = join(bench.storage.path, 'migrations')
    await mkdir(folder)
    await writeFile(join(folder, '1.sql'), 'create table one ()')
    const name = async () => {
      const options = { ...bench.options, key: { files: '*.sql', directory: folder } }
      return (await createTemplate(options)).name
    }
    const first = await name()
    await writeFile(join(folder, '2.sql'), 'create table two ()')
    const second = await name()
    await writeFile(join(folder, '2.sql'), 'create table three ()')
    const third = await name()
    await rm(join(folder, '2.sql'))
    expect(new Set([first, second, third]).size).toBe(3)
    expect(await name()).toBe(first)
    await rm(join(folder, '1.sql'))
    await expect(name()).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  const tablesOf = async (template: Template): Promise<string[]> => {
    await using server = await template.fork()
    const { rows } = await (await server.connect()).query('select relname from pg_stat_user_tables order by 1')
    return rows.map(({ relname }) => relname)
  }

  test('H129: what changes while a template is made is not kept for what it was before', async () => {
    const folder = join(bench.storage.path, 'changing')
    const file = join(folder, '1.sql')
    await mkdir(folder)
    await writeFile(file, 'create table before ()')
    const options = { ...bench.options, key: { files: '*.sql', directory: folder } }
    let setups = 0
    const make = () =>
      createTemplate({
        ...options,
        setup: async ({ client }) => {
          if (++setups === 1) await writeFile(file, 'create table after ()')
          await client.query(await readFile(file, 'utf8'))
        },
      })
    expect(await tablesOf(await make())).toEqual(['after'])
    await writeFile(file, 'create table before ()')
    expect(await tablesOf(await make())).toEqual(['before'])
    expect(setups).toBe(3)
    const setup = () => writeFile(file, `create table t${Math.random()} ()`)
    await expect(createTemplate({ ...options, setup })).rejects.toMatchObject({ code: 'SETUP_FAILED', hazard: 'H129' })
    expect(await listForks(bench.operation)).toEqual([])
  })

  const unfinished: [string, Setup][] = [
    [
      'leaves its transaction open',
      async ({ client }) => {
        await client.query('begin')
        await client.query('create table half ()')
      },
    ],
    [
      'does not wait for a statement',
      ({ client }) => {
        client.query('select pg_sleep(1)').catch(() => {})
      },
    ],
    [
      'does not wait for another session',
      async ({ connection }) => {
        const other = new Client(connection)
        other.on('error', () => {})
        await other.connect()
        other.query('select pg_sleep(10)').catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 200))
      },
    ],
  ]
  test.each(unfinished)('H130: a setup that %s makes no template', async (key, setup) => {
    await expect(createTemplate({ ...bench.options, key, setup })).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('it ended although'),
    })
    expect(await listForks(bench.operation)).toEqual([])
  })

  test('a setup may end with a statement that failed, and end its client', async () => {
    const setup: Setup = async ({ client }) => {
      await client.query('create table made ()')
      await client.query('select no_such_function($1)', [1]).catch(() => {})
    }
    expect(await tablesOf(await createTemplate({ ...bench.options, key: 'failed last', setup }))).toEqual(['made'])
    const ending: Setup = async (server) => {
      await setup(server)
      await server.client.end()
    }
    expect(await tablesOf(await createTemplate({ ...bench.options, key: 'ended', setup: ending }))).toEqual(['made'])
  })

  test('H113: servers of a template, and those that are kept, go by the records that it was made by', async () => {
    const other = join(bench.storage.path, 'other-state')
    const { stateDirectory, ...options } = bench.options
    try {
      vi.stubEnv('PGFORK_STATE_DIRECTORY', stateDirectory)
      const template = await createTemplate({ ...options, key: 'elsewhere' })
      vi.stubEnv('PGFORK_STATE_DIRECTORY', other)
      const server = await template.fork()
      const told = await server.keep()
      expect(told).toContain(`pgfork-testing remove ${server.name} --state-directory '${stateDirectory}'`)
      expect((await listKept(bench.operation)).map(({ name }) => name)).toEqual([server.name])
      await removeKept(server.name, bench.operation)
    } finally {
      vi.unstubAllEnvs()
    }
    expect(existsSync(other)).toBe(false)
    expect(await listForks(bench.operation)).toEqual([])
  })

  test('H132: a test that sets another time removes nothing that others have made', async () => {
    const first = await bench.template()
    await using server = await first.fork()
    const source = server.dataDirectory
    await using lasting = await createFork({ ...bench.operation, source, name: 'lasting', timeToLiveMs: 3_600_000 })
    const template = { ...bench.options, name: 'future' }
    for (const years of [30, -30]) {
      const now = new Date()
      now.setFullYear(now.getFullYear() + years)
      vi.useFakeTimers({ toFake: ['Date'], now })
      try {
        await createTemplate({ ...template, key: String(years) })
      } finally {
        vi.useRealTimers()
      }
      await createTemplate({ ...template, key: `after ${years}` })
    }
    expect(lasting.pid).toBeDefined()
    expect((await listForks(bench.operation)).map(({ name }) => name).sort()).toEqual(['lasting', server.name])
    await (await first.fork()).destroy()
  })

  test('H133: nothing is left of what killed processes were making, nor of locks', async () => {
    const [directory, stateDirectory] = ['killed-templates', 'killed-state'].map((name) =>
      join(bench.storage.path, name),
    )
    const place = { driver: bench.driver, directory: directory as string, stateDirectory: stateDirectory as string }
    await mkdir(place.directory, { mode: 0o711 })
    const clusters = async () => (await readdir(place.directory)).filter((name) => name.startsWith('initdb-'))
    const journal = join(bench.storage.path, 'journal-initdb')
    const asked = { driver: 'btrfs' as const, key: 'killed', journal, setupSeconds: 0 }
    const program = startTemplateProcess({ ...place, ...asked })
    program.answer.catch(() => {})
    await waitUntil(async () => (await clusters()).length > 0, { timeoutMs: 30_000, what: 'initdb', pauseMs: 2 })
    await program.kill()
    expect(await clusters()).toHaveLength(1)
    // The next one is killed when it has a snapshot of it.
    const second = startTemplateProcess({ ...place, ...asked, diesBeforeRecord: true })
    await expect(second.answer).rejects.toThrow('The process ended')
    const operation = { driver: bench.driver, stateDirectory: place.stateDirectory }
    expect(await listSnapshots(operation)).toHaveLength(1)
    await pruneTemplates(operation)
    expect(await listSnapshots(operation)).toEqual([])
    await createTemplate({ ...place, key: 'killed' })
    expect(await clusters()).toEqual([])
    await pruneTemplates({ ...operation, all: true })
    expect(await readdir(join(place.stateDirectory, 'templates'))).toEqual([])
    expect((await readdir(join(place.stateDirectory, 'locks'))).filter((name) => /^template-/.test(name))).toEqual([])
    for (const path of [place.directory, place.stateDirectory]) await rm(path, { recursive: true })
  })

  test('a database of its own is made for setup', async () => {
    const template = await createTemplate({ ...bench.options, key: 'database', database: 'shop', setup: smallSetup })
    await using server = await template.fork()
    expect(server.connection.database).toBe('shop')
    const { rows } = await (await server.connect()).query('select current_database() as name, count(*)::int from item')
    expect(rows).toEqual([{ name: 'shop', count: 1000 }])
  })

  test('a setup that fails leaves nothing, and its error has the end of the server’s log', async () => {
    const failing = createTemplate({
      ...bench.options,
      key: 'failing',
      setup: async ({ client }) => client.query('select no_such_function()'),
    })
    await expect(failing).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/no_such_function.*ERROR:.*no_such_function/s),
    })
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
    const again = await createTemplate({ ...bench.options, key: 'failing', setup: smallSetup })
    await using server = await again.fork()
    expect((await (await server.connect()).query('select from item')).rowCount).toBe(1000)
  })

  test('a stopped cluster is the source of a template', async () => {
    await using origin = await (await bench.template()).fork()
    await (await origin.connect()).query('create table of_the_source ()')
    const template = await createTemplate({
      ...bench.options,
      key: 'source',
      source: origin.dataDirectory,
      setup: async ({ client }) => client.query('create table of_setup ()'),
    })
    await using server = await template.fork()
    const { rows } = await (await server.connect()).query(
      "select relname from pg_class where relname in ('of_the_source', 'of_setup') order by 1",
    )
    expect(rows).toEqual([{ relname: 'of_setup' }, { relname: 'of_the_source' }])
  })

  test('processes that want the same template at once make it once', async () => {
    const journal = join(bench.storage.path, 'journal-together')
    const programs = Array.from({ length: 3 }, () => startTemplateProcess(request(bench, { key: 'together', journal })))
    try {
      const answers = await Promise.all(programs.map(({ answer }) => answer))
      expect(new Set(answers.map(({ template }) => template)).size).toBe(1)
      expect((await readFile(journal, 'utf8')).trim().split('\n')).toHaveLength(1)
    } finally {
      await Promise.all(programs.map((program) => program.kill()))
    }
  })

  test('a process that is killed in the middle of setup hinders nobody, and leaves nothing', async () => {
    const journal = join(bench.storage.path, 'journal-killed')
    const killed = startTemplateProcess(request(bench, { key: 'killed', journal, setupSeconds: 60 }))
    const next = () => startTemplateProcess(request(bench, { key: 'killed', journal, setupSeconds: 0 }))
    try {
      await waitUntil(async () => (await readFile(journal, 'utf8').catch(() => '')) !== '', {
        timeoutMs: 30_000,
        what: 'setup in the other process',
      })
      await killed.kill()
      const program = next()
      await program.answer
      await program.kill()
      expect((await readFile(journal, 'utf8')).trim().split('\n')).toHaveLength(2)
      expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
    } finally {
      await killed.kill()
    }
  })

  test('H58: servers of a killed process end with it, and the next one removes the rest', async () => {
    const journal = join(bench.storage.path, 'journal-servers')
    const program = startTemplateProcess(request(bench, { key: 'servers', journal, forks: 3 }))
    const { pids } = await program.answer
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toHaveLength(3)
    await program.kill()
    await waitUntil(() => pids.every((pid) => !isThere(pid)), { timeoutMs: 60_000, what: 'end of the servers' })
    await bench.template()
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
  })
})

const request = (
  bench: TemplateWorkbench,
  more: { key: string; journal: string; setupSeconds?: number; forks?: number },
) => ({
  driver: 'btrfs' as const,
  directory: bench.directory,
  stateDirectory: bench.stateDirectory,
  setupSeconds: 1,
  ...more,
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
