import { once } from 'node:events'
import { readdir, realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { showOnFailure } from '../evidence/index.ts'
import { byExtent } from '../extent.ts'
import { expectNoLeaks, snapshotSystem } from '../leaks/index.ts'
import { createFolder } from '../storage/index.ts'
import {
  createCluster,
  createStandby,
  createTablespace,
  type MajorVersion,
  reservePort,
  waitForReplay,
} from './index.ts'

describe.each<MajorVersion>(byExtent(['10', '18'], ['10', '15', '18']))('PostgreSQL %s', (version) => {
  test('starts, keeps its data over a stop and a crash, and leaves nothing', async () => {
    await using folder = await createFolder()
    const before = await snapshotSystem({ folders: [folder.path] })
    {
      await using cluster = await createCluster({ directory: join(folder.path, 'main'), version })
      showOnFailure(cluster)
      expect(await cluster.query('SHOW server_version')).toEqual([
        { server_version: expect.stringMatching(`^${version}\\.`) },
      ])
      await cluster.query('CREATE TABLE kept (value int); INSERT INTO kept VALUES (1)')
      await cluster.stop()
      expect(cluster.isRunning()).toBe(false)
      await cluster.start()
      await cluster.query('INSERT INTO kept VALUES (2)')
      await cluster.crash()
      expect(cluster.pid).toBeUndefined()
      await cluster.start()
      expect(await cluster.query('SELECT value FROM kept')).toEqual([{ value: 1 }, { value: 2 }])
      expect(await cluster.log()).toMatch('was not properly shut down')
    }
    await expectNoLeaks(before)
  })

  test("Debian's layout keeps the configuration outside the data directory, and settings reach the server", async () => {
    await using folder = await createFolder()
    await using cluster = await createCluster({ directory: join(folder.path, 'main'), version, layout: 'debian' })
    showOnFailure(cluster)
    await cluster.settings({ work_mem: '5MB' })
    expect(await cluster.query('SHOW work_mem')).toEqual([{ work_mem: '5MB' }])
    expect(await cluster.query('SHOW config_file')).toEqual([{ config_file: cluster.configFile }])
    expect((await readdir(cluster.dataDirectory)).filter((name) => name.endsWith('.conf'))).toEqual([
      'postgresql.auto.conf',
    ])
  })

  test('standbys stream from a primary with a tablespace and its WAL elsewhere, and from each other', async () => {
    await using folder = await createFolder()
    const inFolder = (name: string) => join(folder.path, name)
    const directories = { directory: inFolder('main'), walDirectory: inFolder('wal') }
    await using primary = await createCluster({ ...directories, version, layout: 'debian' })
    expect(await realpath(join(primary.dataDirectory, 'pg_wal'))).toBe(directories.walDirectory)
    await createTablespace(primary, 'elsewhere', inFolder('elsewhere'))
    await primary.query('CREATE TABLE numbers TABLESPACE elsewhere AS SELECT 1 AS number')
    await using first = await createStandby(primary, { directory: inFolder('first'), slot: 'first' })
    await using second = await createStandby(primary, { directory: inFolder('second'), cascadeFrom: first, delayMs: 1 })
    showOnFailure(primary, first, second)
    await primary.query('INSERT INTO numbers VALUES (2)')
    for (const standby of [first, second]) {
      await waitForReplay(primary, standby)
      expect(await standby.query('SELECT number, pg_is_in_recovery() FROM numbers')).toEqual([
        { number: 1, pg_is_in_recovery: true },
        { number: 2, pg_is_in_recovery: true },
      ])
    }
    expect(await primary.query('SELECT slot_name, active FROM pg_replication_slots')).toEqual([
      { slot_name: 'first', active: true },
    ])
  })
})

test('a server that cannot start says why', async () => {
  await using folder = await createFolder()
  const options = { directory: join(folder.path, 'main'), settings: { shared_buffers: 'much' } }
  await expect(createCluster(options)).rejects.toThrow('invalid value for parameter "shared_buffers"')
  expect(await readdir(folder.path)).toEqual([])
})

test('a reserved port is below the ephemeral range, held for this process alone, and free again at its end', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => reservePort()))
  expect(new Set(ports.map(({ port }) => port)).size).toBe(50)
  for (const { port } of ports) expect(port).toSatisfy((number: number) => number >= 15_000 && number < 18_000)
  await Promise.all(ports.map((port) => port.release()))
  const server = createServer().listen(ports[0]?.port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
})
