import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectGarbage, createFork, listForks } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../../support/cluster/index.ts'
import { type BtrfsStorage, createBtrfs } from '../../support/storage/index.ts'
import { waitUntil } from '../../support/wait-until.ts'

let storage: BtrfsStorage
let cluster: Cluster
let stateDirectory: string

beforeAll(async () => {
  storage = await createBtrfs({ sizeMb: 2048 })
  cluster = await createCluster({ directory: await storage.createSubvolume('main') })
  stateDirectory = await mkdtemp(join(tmpdir(), 'pgfork-test-state-'))
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
  await rm(stateDirectory, { recursive: true, force: true })
})

const optionsOf = (name: string) => ({ source: cluster.dataDirectory, driver: btrfs(), stateDirectory, name })

test('a fork whose time to live is over is garbage, although its maker lives; one without is not', async () => {
  const brief = await createFork({ ...optionsOf('brief'), lifetime: 'persistent', timeToLiveMs: 1 })
  await using lasting = await createFork({ ...optionsOf('lasting'), lifetime: 'persistent', timeToLiveMs: 3_600_000 })
  await waitUntil(async () => (await collectGarbage({ driver: btrfs(), stateDirectory, dryRun: true })).length > 0, {
    timeoutMs: 5_000,
    what: 'the end of the time to live',
  })
  const collected = await collectGarbage({ driver: btrfs(), stateDirectory })
  expect(collected).toMatchObject([{ kind: 'fork', name: 'brief', isRemoved: true }])
  expect((await listForks({ stateDirectory })).map(({ name }) => name)).toEqual(['lasting'])
  expect(lasting.pid).toBeDefined()
  await brief.destroy()
})

test('a protected fork is neither destroyed nor collected until it is unprotected', async () => {
  const fork = await createFork({ ...optionsOf('protected'), protect: true, timeToLiveMs: 1 })
  await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
  expect(await collectGarbage({ driver: btrfs(), stateDirectory })).toEqual([])
  await fork.unprotect()
  await fork.protect()
  await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
  await fork.unprotect()
  await fork.destroy()
  expect(await listForks({ stateDirectory })).toEqual([])
})

test('an idle fork is garbage where the caller says so; one with a session, a protected one and one of a living maker are not', async () => {
  const idle = await createFork({ ...optionsOf('idle'), lifetime: 'persistent' })
  await using stopped = await createFork({ ...optionsOf('stopped'), lifetime: 'persistent', protect: true })
  await stopped.stop()
  await using held = await createFork(optionsOf('held'))
  const client = new pg.Client(idle.connection)
  await client.connect()
  const collect = () => collectGarbage({ driver: btrfs(), stateDirectory, idleMs: 1 })
  await client.query('CREATE TABLE used ()')
  const { sessions, lastActiveAt } = await idle.activity()
  expect(sessions).toBe(1)
  expect(Date.now() - lastActiveAt.getTime()).toBeLessThan(60_000)
  expect(await collect()).toEqual([])
  await client.end()
  await waitUntil(async () => (await idle.activity()).sessions === 0, {
    timeoutMs: 10_000,
    what: 'the end of the session',
  })
  expect(await collectGarbage({ driver: btrfs(), stateDirectory, idleMs: 3_600_000 })).toEqual([])
  expect(await collect()).toMatchObject([{ kind: 'fork', name: 'idle', isRemoved: true }])
  expect(await stopped.activity()).toMatchObject({ sessions: 0, lastActiveAt: expect.any(Date) })
  expect(held.pid).toBeDefined()
  await stopped.unprotect()
  await expect(collectGarbage({ stateDirectory, idleMs: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('a reset keeps port and connection string', async () => {
  await using fork = await createFork(optionsOf('reset'))
  const { port, connectionString } = fork
  await fork.reset()
  expect([fork.port, fork.connectionString]).toEqual([port, connectionString])
})
