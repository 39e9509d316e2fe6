import { container, forkContainer, snapshotContainer } from '@pgfork/containers'
import { createDatabases, createTemplate, pruneTemplates } from '@pgfork/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StartedDatabase, startDatabase, startGeneric } from '../../support/engine/index.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeEngine } from './container-workbench.ts'

const ask = async (uri: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client(uri)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

await describeEngine('containers of testcontainers', {}, (bench) => {
  let started: StartedDatabase
  let client: pg.Client

  beforeAll(async () => {
    await bench.engine.docker('network', 'create', 'tests')
    started = await startDatabase(bench.engine.image, 'tests')
    client = new pg.Client(started.getConnectionUri())
    client.on('error', () => {})
    await client.connect()
    await client.query('create table users as select 1 as id')
  })
  afterAll(async () => {
    await client?.end()
    await started?.[Symbol.asyncDispose]()
  })

  test('a fork of one has its user, password and database, while its clients stay connected', async () => {
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const fork = await forkContainer(started, bench.options)
    expect(fork.verification?.warnings).toEqual([])
    const uri = fork.getConnectionUri()
    expect(uri).toBe(`postgres://tester:p%20w%2Fd@127.0.0.1:${fork.port}/app`)
    expect([fork.getHost(), fork.getPort(), fork.getUsername(), fork.getPassword(), fork.getDatabase()]).toEqual([
      ...['127.0.0.1', fork.port, 'tester', 'p w/d', 'app'],
    ])
    expect(await ask(uri, 'delete from users returning id')).toEqual([{ id: 1 }])
    expect((await client.query('select pg_backend_pid() as pid, id from users')).rows).toEqual([{ ...rows[0], id: 1 }])
    await fork.destroy()
  })

  test('H88: the source is published for all addresses, its forks are not', async () => {
    const fork = await forkContainer(started, bench.options)
    expect(await bench.engine.docker('ps', '--format', '{{.Ports}}', '--filter', `id=${started.getId()}`)).toContain(
      '0.0.0.0:',
    )
    expect((await bench.inspect(fork))?.HostConfig).toMatchObject({ PortBindings: {}, NetworkMode: 'host' })
    await fork.destroy()
  })

  test('forks of a snapshot are made at the same time, and hold what it held', async () => {
    await using snapshot = await snapshotContainer(started, bench.options)
    await client.query('insert into users values (2)')
    const forks = await Promise.all([snapshot.fork(), snapshot.fork()])
    for (const fork of forks) {
      expect(await ask(fork.getConnectionUri(), 'select id from users')).toEqual([{ id: 1 }])
      await fork.destroy()
    }
  })

  test('servers for tests are made of one that is started later than they are asked for', async () => {
    await using state = await makeStateDirectory()
    const { path: stateDirectory } = state
    const { driver } = bench.options
    const source = container(() => started)
    const template = await createTemplate({ key: 'of a container', source, stateDirectory, driver, database: 'app' })
    await using server = await template.fork()
    const session = await server.connect()
    expect((await session.query('select min(id)::int as id, current_user from users')).rows).toEqual([
      { id: 1, current_user: 'tester' },
    ])
    await session.end()
    await server[Symbol.asyncDispose]()
    await pruneTemplates({ stateDirectory, driver, all: true })
  })

  test('code that was written for one takes the database of each test in its place, while its clients stay connected', async () => {
    await using state = await makeStateDirectory()
    const { path: stateDirectory } = state
    const { driver } = bench.options
    const before = (await client.query('select pg_backend_pid() as pid')).rows
    const countUsers = async (database: Pick<StartedDatabase, 'getConnectionUri'>) =>
      (await ask(database.getConnectionUri(), 'select from users')).length
    const users = await countUsers(started)
    const databases = createDatabases({ container: () => started, stateDirectory, driver, pool: { size: 2 } })
    const [one, two] = await Promise.all([databases.open(), databases.open()])
    const { port } = one.connection
    expect(one.getConnectionUri()).toBe(`postgres://tester:p%20w%2Fd@127.0.0.1:${port}/app`)
    expect([one.getHost(), one.getPort(), one.getUsername(), one.getPassword(), one.getDatabase()]).toEqual([
      ...['127.0.0.1', port, 'tester', 'p w/d', 'app'],
    ])
    await one.db.query('delete from users')
    expect(await Promise.all([one, two, started].map(countUsers))).toEqual([0, users, users])
    await databases.close()
    // In a process that did not start it, its id is all that is known.
    const again = createDatabases({ container: async () => ({ getId: () => started.getId() }), stateDirectory, driver })
    const three = await again.open()
    expect([three.getPassword(), await countUsers(three)]).toEqual(['p w/d', users])
    await again.close()
    expect(await pruneTemplates({ stateDirectory, driver, all: true })).toHaveLength(1)
    expect((await client.query('select pg_backend_pid() as pid')).rows).toEqual(before)
  })

  test('one of GenericContainer, whose image says by its variables who its superuser is', async () => {
    const variables = { POSTGRES_USER: 'gis', POSTGRES_PASSWORD: 'p@:/w', POSTGRES_DB: 'map' }
    await using generic = await startGeneric(bench.engine.image, 'tests', variables)
    const uri = `postgres://gis:p%40%3A%2Fw@127.0.0.1:${generic.getFirstMappedPort()}/map`
    await ask(uri, 'create table places as select 1 as id')
    const fork = await forkContainer(generic, bench.options)
    expect(fork.verification?.warnings).toEqual([])
    expect([fork.getUsername(), fork.getPassword(), fork.getDatabase()]).toEqual(['gis', 'p@:/w', 'map'])
    expect(await ask(fork.getConnectionUri(), 'delete from places returning id')).toEqual([{ id: 1 }])
    expect(await ask(uri, 'select id from places')).toEqual([{ id: 1 }])
    await fork.destroy()
  })

  test('H86: by the labels of its session, testcontainers finds the source and no fork', async () => {
    const fork = await forkContainer(started, bench.options)
    const found = await bench.engine.docker('ps', '--quiet', '--no-trunc', '--filter', 'label=org.testcontainers=true')
    expect(found).toBe(started.getId())
    await fork.destroy()
  })
})
