import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { container, forkContainer, snapshotContainer } from '@pgfork/containers'
import { createTemplate, pruneTemplates } from '@pgfork/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testedVersion } from '../../support/cluster/index.ts'
import { type StartedDatabase, startDatabase, startGeneric } from '../../support/engine/index.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { waitUntil } from '../../support/wait-until.ts'
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

  test('a GenericContainer of an image with extensions of its own, PGDATA below its volume, and another user', async () => {
    const folder = await makeWorkFolder('extension')
    const share = `/usr/share/postgresql/${testedVersion()}/extension`
    await writeFile(join(folder, 'geo.control'), "default_version = '1'\n")
    await writeFile(join(folder, 'geo--1.sql'), `create function area() returns int language sql as 'select 42';`)
    const { docker, image } = bench.engine
    await docker('create', '--name', 'maker', image)
    for (const name of ['geo.control', 'geo--1.sql']) await docker('cp', join(folder, name), `maker:${share}/${name}`)
    const changes = ['ENV PGDATA=/srv/pg/own/data', 'VOLUME /srv/pg', 'ENV PG_MAJOR=']
    await docker('commit', ...changes.flatMap((change) => ['--change', change]), 'maker', 'geo:1')
    await docker('rm', '--volumes', 'maker')
    await rm(folder, { recursive: true })
    const generic = await startGeneric('geo:1', 'tests', { POSTGRES_USER: 'geo', POSTGRES_PASSWORD: 'secret' })
    try {
      const uri = `postgres://geo:secret@127.0.0.1:${generic.getMappedPort(5432)}/geo`
      await waitUntil(() => ask(uri, 'select 1').catch(() => undefined), { timeoutMs: 60_000, what: 'the server' })
      await ask(uri, 'create extension geo')
      const fork = await forkContainer(generic, bench.options)
      expect(fork.verification?.warnings).toEqual([])
      expect(fork.getConnectionUri()).toBe(`postgres://geo:secret@127.0.0.1:${fork.port}/geo`)
      // Its own files of the extension are those of the image.
      await ask(fork.getConnectionUri(), 'drop extension geo')
      await ask(fork.getConnectionUri(), 'create extension geo')
      expect(await ask(fork.getConnectionUri(), 'select area()')).toEqual([{ area: 42 }])
      await fork.destroy()
    } finally {
      await generic[Symbol.asyncDispose]()
    }
  })

  test('H86: by the labels of its session, testcontainers finds the source and no fork', async () => {
    const fork = await forkContainer(started, bench.options)
    const found = await bench.engine.docker('ps', '--quiet', '--no-trunc', '--filter', 'label=org.testcontainers=true')
    expect(found).toBe(started.getId())
    await fork.destroy()
  })
})
