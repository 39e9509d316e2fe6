import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createSnapshot } from '@pgfork/core'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { createCluster } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const password = 'Wq4-of-the-chief'

await describeOn('btrfs', {}, (bench) => {
  let uri: (options?: { role?: string; host?: string; database?: string; query?: string }) => string
  /** The certificate of the source's server, which signed it itself. */
  let certificate: string

  beforeAll(async () => {
    const { source } = bench
    await source.query(`CREATE ROLE chief SUPERUSER LOGIN PASSWORD '${password}';
      CREATE ROLE watcher LOGIN PASSWORD '${password}' IN ROLE pg_monitor, pg_checkpoint;
      CREATE ROLE shop_app LOGIN PASSWORD '${password}'`)
    await source.query('CREATE DATABASE shop')
    const shop = await source.client('shop')
    await shop.query('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1), (2)')
    await shop.end()
    certificate = await useTls(source.dataDirectory)
    await source.settings({ ssl: 'on' })
    uri = ({ role = 'chief', host = 'localhost', database = 'shop', query = '' } = {}) =>
      `postgresql://${role}:${password}@${host}:${source.port}/${database}${query}`
  })

  const ordersIn = async (fork: Parameters<typeof query>[0]) =>
    (await query<{ id: number }>(fork, 'SELECT id FROM orders ORDER BY id')).map(({ id }) => id)

  test('a connection string is enough: the server says where its files are, and its database is that of the fork', async () => {
    await using fork = await bench.fork({ source: uri({ role: 'watcher' }), checkpoint: true })
    expect(fork.connection).toMatchObject({ user: 'postgres', database: 'shop' })
    expect(fork.name).toMatch(/^master-[0-9a-f]{8}$/)
    expect(await ordersIn(fork)).toEqual([1, 2])
    const { options } = bench
    await using snapshot = await createSnapshot({ source: uri(), name: 'by-connection', ...options })
    await using ofSnapshot = await bench.fork({ source: snapshot, database: 'shop' })
    expect(await ordersIn(ofSnapshot)).toEqual([1, 2])
  })

  test('settings that our own sessions have otherwise are inherited as the files say, also for a role that is no superuser', async () => {
    await bench.source.settings({ search_path: 'shopping, public', statement_timeout: '71s', work_mem: '7MB' })
    await using fork = await bench.fork({ source: uri({ role: 'watcher' }) })
    for (const [name, value] of Object.entries({
      search_path: 'shopping, public',
      statement_timeout: '71s',
      work_mem: '7MB',
    }))
      expect(await query(fork, `SHOW ${name}`)).toEqual([{ [name]: value }])
  })

  test('options of pg.Client, with and without the data directory', async () => {
    const { host, port } = bench.source.connection
    await using one = await bench.fork({ source: { host, port, user: 'postgres', database: 'shop' } })
    const connection = { connectionString: uri(), max: 5, application_name: 'shop' }
    await using two = await bench.fork({ source: { dataDirectory: bench.source.dataDirectory, connection } })
    const asked = async (): Promise<string> => password
    await using three = await bench.fork({ source: { host: 'localhost', port, user: 'chief', password: asked } })
    expect([await ordersIn(one), await ordersIn(two)]).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(three.connection.database).toBe('postgres')
  })

  test('TLS: the certificate of the server is checked', async () => {
    await enforceTls()
    try {
      const file = join(bench.source.dataDirectory, 'server.crt')
      const verified = uri({ query: `?sslmode=verify-full&sslrootcert=${file}` })
      await using byString = await bench.fork({ source: verified, checkpoint: true })
      await using byOptions = await bench.fork({ source: { connectionString: uri(), ssl: { ca: certificate } } })
      expect([await ordersIn(byString), await ordersIn(byOptions)]).toEqual([
        [1, 2],
        [1, 2],
      ])
      const refused = [
        { source: uri(), reason: 'no encryption' },
        { source: uri({ query: '?sslmode=verify-full' }), reason: 'self-signed certificate' },
        {
          source: uri({ host: '127.0.0.1', query: `?sslmode=verify-full&sslrootcert=${file}` }),
          reason: 'IP: 127.0.0.1',
        },
      ]
      for (const { source, reason } of refused) {
        const made = bench.fork({ source })
        await expect(made).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED', step: 'inspect', leftBehind: [] })
        await expect(made).rejects.toThrow(reason)
      }
    } finally {
      await letIn('host all all 127.0.0.1/32 scram-sha-256\n')
    }
  })

  test('a role that may not know where the files are is told so, and works with the directory beside it', async () => {
    const connection = uri({ role: 'shop_app' })
    const made = bench.fork({ source: connection })
    await expect(made).rejects.toMatchObject({ code: 'PERMISSION_DENIED', facts: { role: 'shop_app' } })
    await expect(made).rejects.toThrow(
      'a member of pg_monitor (or pg_read_all_settings), or give { dataDirectory, connection }',
    )
    await using fork = await bench.fork({ source: { dataDirectory: bench.source.dataDirectory, connection } })
    expect(await ordersIn(fork)).toEqual([1, 2])
  })

  test('a server of another machine is refused: its directory is not here, or here it is the directory of another server', async () => {
    const directory = await bench.directory('elsewhere')
    await using other = await createCluster({ directory })
    await writeFile(join(other.dataDirectory, 'marker'), '')
    const { port } = other
    const there = { ...other.connection, database: 'postgres' }
    // To its clients a server in a container is one whose directory has another meaning there.
    await runner.run('mv', [other.dataDirectory, `${directory}.moved`])
    await expect(bench.fork({ source: there })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringContaining(`says that its data directory is ${directory}, which does not exist here`),
    })
    await runner.run('cp', ['--archive', bench.source.dataDirectory, directory])
    const made = bench.fork({ source: there })
    await expect(made).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', facts: { port }, leftBehind: [] })
    await expect(made).rejects.toThrow('leads to another server than that of')
    await runner.run('rm', ['-rf', directory])
    await runner.run('mv', [`${directory}.moved`, directory])
  })

  test('a connection that lets nobody in, and no secret in any error, record or file', async () => {
    const wrong = uri().replace(password, `${password}-wrong`)
    const errors: unknown[] = []
    const sources = [
      wrong,
      uri({ role: 'nobody' }),
      `${uri()}?port=1`,
      { connectionString: wrong },
      { dataDirectory: bench.source.dataDirectory, connection: wrong },
      {
        dataDirectory: bench.source.dataDirectory,
        connection: { host: 'localhost', user: 'chief', password, prot: 1 },
      },
      { ...pg.defaults, password, user: 5 },
    ]
    for (const source of sources)
      errors.push(await bench.fork({ source: source as never }).catch((error: unknown) => error))
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
      ...[
        'CONNECTION_REQUIRED',
        'CONNECTION_REQUIRED',
        'CONNECTION_REQUIRED',
        'CONNECTION_REQUIRED',
        'CONNECTION_REQUIRED',
      ],
      ...['INVALID_OPTION', 'INVALID_OPTION'],
    ])
    await using fork = await bench.fork({ source: uri() })
    const records = await Promise.all(
      ['forks', 'snapshots'].map(async (folder) => {
        const names = await readdir(join(bench.stateDirectory, folder))
        return Promise.all(names.map((name) => readFile(join(bench.stateDirectory, folder, name), 'utf8')))
      }),
    )
    const files = await Promise.all(
      [fork.logFile, join(fork.dataDirectory, 'postgresql.conf')].map((path) => readFile(path, 'utf8')),
    )
    const told = [...errors, fork, fork.verification, bench.options.runner.commands, records.flat(), files]
    expect(records.flat().length).toBeGreaterThanOrEqual(2)
    expect(inspect(told, { depth: 20, maxArrayLength: null, maxStringLength: null })).not.toContain(password)
  })

  test('a fork is a source like any other, running or stopped, whatever role it is used as', async () => {
    await using parent = await bench.fork({ source: uri(), name: 'parent', role: 'shop_app' })
    const superuser = new pg.Client({ ...parent.connection, user: 'chief' })
    await superuser.connect()
    await superuser.query('INSERT INTO orders VALUES (3)')
    await superuser.end()
    await using child = await bench.fork({ source: parent, checkpoint: true })
    expect(child.name).toMatch(/^parent-/)
    expect([child.sourceTimeline, child.timeline]).toEqual([parent.timeline, parent.timeline + 1])
    expect(await ordersIn(child)).toEqual([1, 2, 3])
    const { options } = bench
    await using snapshot = await createSnapshot({ source: child, name: 'of-a-fork', ...options })
    await parent.stop()
    await using other = await bench.fork({ source: parent, database: 'shop' })
    await using grandchild = await bench.fork({ source: snapshot, database: 'shop' })
    expect([await ordersIn(other), await ordersIn(grandchild)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    await expect(
      createSnapshot({ source: snapshot as never, name: 'of-a-snapshot', ...options }),
    ).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
  })

  async function letIn(rules: string): Promise<void> {
    await writeFile(join(bench.source.dataDirectory, 'pg_hba.conf'), `local all all trust\n${rules}`)
    await bench.source.settings({})
  }

  const enforceTls = (): Promise<void> => letIn('hostssl all all 127.0.0.1/32 scram-sha-256\n')
})

/** @returns the certificate, which stands for its own authority */
async function useTls(dataDirectory: string): Promise<string> {
  const [key, file] = ['server.key', 'server.crt'].map((name) => join(dataDirectory, name)) as [string, string]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await runner.run('openssl', [
    'req',
    '-new',
    '-x509',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    file,
  ])
  await giveToServerUser(key)
  await giveToServerUser(file)
  await runner.run('chmod', ['600', key])
  return readFile(file, 'utf8')
}
