import { chown, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  type CreateForkOptions,
  collectGarbage,
  createFork,
  createSnapshot,
  describeHistory,
  detectDriver,
  listChanges,
  listForks,
  listSnapshots,
  openFork,
  openSnapshot,
  rebuildState,
  recordHistory,
  removeHistory,
  rewriteTables,
} from '@pgfork/core'
import { createVolume, findSource, measureStorage, removeVolume } from '@pgfork/core/companion'
import { btrfs } from '@pgfork/driver-btrfs'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { findBinaries } from '../../support/cluster/index.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const hostileNames: unknown[] = [
  '../escape',
  '-rf',
  '--help',
  '',
  '.',
  '..',
  'a..b',
  '.hidden',
  'UPPER',
  'white space',
  'semi;colon',
  'back`tick`',
  '$(touch pwned)',
  'slash/ed',
  'nul\0',
  'new\nline',
  'ünïcode',
  'x'.repeat(49),
  42,
  null,
  {},
]

const wrongOptions: [string, Record<string, unknown>, string][] = [
  ['a port out of range', { port: 80 }, 'INVALID_OPTION'],
  ['a port that is no integer', { port: 5432.5 }, 'INVALID_OPTION'],
  ['an unknown timeline', { timeline: 'old' }, 'INVALID_OPTION'],
  ['an unknown durability', { durability: 'maybe' }, 'INVALID_OPTION'],
  ['an unknown lifetime', { lifetime: 'forever' }, 'INVALID_OPTION'],
  ['a prepare that is no function', { prepare: 'drop table' }, 'INVALID_OPTION'],
  ['a verify that is no function', { verify: { check: 42 } }, 'INVALID_OPTION'],
  ['a time to live below zero', { timeToLiveMs: -1 }, 'INVALID_OPTION'],
  ['an unknown timeout', { timeouts: { eternityMs: 1 } }, 'INVALID_OPTION'],
  ['a timeout of nothing', { timeouts: { startMs: 0 } }, 'INVALID_OPTION'],
  ['no source', { source: undefined }, 'INVALID_OPTION'],
  ['a source without a directory', { source: {} }, 'INVALID_OPTION'],
  ['timeouts of nothing', { timeouts: null }, 'INVALID_OPTION'],
  ['a protection that is no boolean', { protect: 'yes' }, 'INVALID_OPTION'],
  ['a resettable that is no boolean', { resettable: 0 }, 'INVALID_OPTION'],
  ['a role that is no text', { role: {} }, 'INVALID_OPTION'],
  ['a database without a name', { database: '' }, 'INVALID_OPTION'],
  ['a state directory that is no path', { stateDirectory: 42 }, 'INVALID_OPTION'],
  ['an option that nobody knows', { prepair: () => {} }, 'INVALID_OPTION'],
  ['a checkpoint that is no boolean', { checkpoint: 'yes' }, 'INVALID_OPTION'],
  ['thresholds that nobody knows', { spaceThresholds: { percent: 1 } }, 'INVALID_OPTION'],
  ['a threshold that is no percentage', { spaceThresholds: { dataPercent: 101 } }, 'INVALID_OPTION'],
  ['a verification that nobody knows', { verify: { depe: true } }, 'INVALID_OPTION'],
  ['a deep verification that is no boolean', { verify: { deep: 'yes' } }, 'INVALID_OPTION'],
  ['a driver that was not made', { driver: btrfs }, 'INVALID_OPTION'],
  ['a driver that is a name', { driver: 'btrfs' }, 'INVALID_OPTION'],
  ['settings that are no object', { settings: 'work_mem=1' }, 'INVALID_OPTION'],
  ['a time to live beyond all dates', { timeToLiveMs: Number.MAX_SAFE_INTEGER }, 'INVALID_OPTION'],
  ['a source that is a client', { source: { query() {} } }, 'INVALID_OPTION'],
  ['a malformed setting', { settings: { 'work_mem = 1; include': 'x' } }, 'INVALID_OPTION'],
  ['an include as a setting', { settings: { include: '/etc/passwd' } }, 'INVALID_OPTION'],
  ['a setting that is the fork itself', { settings: { data_directory: '/' } }, 'SETTING_REFUSED'],
  ['a setting of the recovery', { settings: { restore_command: 'rm -rf /' } }, 'SETTING_REFUSED'],
  ['a setting of the start (H17)', { settings: { hot_standby: 'on' } }, 'SETTING_REFUSED'],
  ['a setting in capitals', { settings: { HBA_FILE: '/tmp/hba' } }, 'SETTING_REFUSED'],
]

await describeOn('btrfs', {}, (bench) => {
  const attempt = (options: Record<string, unknown>) =>
    createFork({ source: bench.source.dataDirectory, ...bench.options, ...(options as Partial<CreateForkOptions>) })

  test.each(hostileNames)('the name %j is refused before anything is done', async (name) => {
    const before = bench.options.runner.commands.length
    await expect(attempt({ name })).rejects.toMatchObject({ code: 'INVALID_NAME' })
    expect(bench.options.runner.commands).toHaveLength(before)
    await expectNothingLeft(bench)
  })

  test.each(wrongOptions)('%s is refused before anything is done', async (_, options, code) => {
    const before = bench.options.runner.commands.length
    await expect(attempt(options)).rejects.toMatchObject({ code })
    expect(bench.options.runner.commands).toHaveLength(before)
    await expectNothingLeft(bench)
  })

  test('every function refuses an option that it does not know, and one of a wrong type', async () => {
    const calls: [string, (options: object) => Promise<unknown>][] = [
      ['createSnapshot', (options) => createSnapshot({ source: bench.source.dataDirectory, name: 'x', ...options })],
      ['openFork', (options) => openFork('x', options)],
      ['openSnapshot', (options) => openSnapshot('x', options)],
      ['listForks', listForks],
      ['listSnapshots', listSnapshots],
      ['collectGarbage', collectGarbage],
      ['rebuildState', (options) => rebuildState({ path: bench.source.dataDirectory, ...options })],
      ['createVolume', (options) => createVolume('/nowhere', { uid: 1, gid: 1 }, options)],
      ['removeVolume', (options) => removeVolume('/nowhere', options)],
      ['measureStorage', measureStorage],
      ['findSource', (options) => findSource(bench.source.dataDirectory, options)],
      ['recordHistory', (options) => recordHistory({ source: '/nowhere', keep: '1x1h', ...options })],
      ['describeHistory', (options) => describeHistory({ source: '/nowhere', ...options })],
      ['removeHistory', (options) => removeHistory({ source: '/nowhere', ...options })],
      ['listChanges', (options) => listChanges({ source: '/nowhere', ...options }).next()],
      ['detectDriver', (options) => detectDriver('/', undefined, options)],
    ]
    for (const [options, option] of [
      [{ table: ['users'] }, 'table'],
      [{ tables: 'users' }, 'tables'],
      [{ timeoutMs: 0 }, 'timeoutMs'],
    ] as const)
      await expect(rewriteTables(new Client(), options as never)).rejects.toMatchObject({ facts: { option } })
    for (const [name, call] of calls) {
      const message = `${name} has no option singal. Did you mean signal?`
      await expect(call({ singal: undefined }), name).rejects.toMatchObject({ code: 'INVALID_OPTION', message })
      await expect(call({ signal: 'no' }), name).rejects.toMatchObject({ facts: { option: 'signal' } })
    }
    await expect(rebuildState({} as never)).rejects.toMatchObject({ facts: { option: 'path' } })
    await expect(createSnapshot({ source: '/x' } as never)).rejects.toMatchObject({ code: 'INVALID_NAME' })
    await expect(detectDriver(42 as never)).rejects.toMatchObject({ facts: { option: 'path' } })
    await expect(detectDriver('/', [btrfs as never])).rejects.toMatchObject({ facts: { option: 'drivers' } })
  })

  test('a role and a database that are not there are refused before the source is touched, with those that are', async () => {
    const made = attempt({ role: 'nobody_here' })
    await expect(made).rejects.toMatchObject({ code: 'INVALID_OPTION', step: 'inspect', leftBehind: [] })
    await expect(made).rejects.toThrow('There is no role nobody_here that can be connected as. There are postgres.')
    await expect(attempt({ role: 'pg_monitor' })).rejects.toThrow('There is no role pg_monitor')
    const missing = attempt({ database: 'nope' })
    await expect(missing).rejects.toThrow(
      'There is no database nope that can be connected to. There are postgres, template1.',
    )
    await expect(attempt({ database: 'template0' })).rejects.toMatchObject({ facts: { option: 'database' } })
    await expectNothingLeft(bench)
    await using snapshot = await createSnapshot({
      source: bench.source.dataDirectory,
      name: 'unasked',
      ...bench.options,
    })
    const ofSnapshot = attempt({ source: snapshot, database: 'nope' })
    await expect(ofSnapshot).rejects.toMatchObject({ facts: { option: 'database', value: 'nope' }, leftBehind: [] })
    const at = { restorePoint: 'never' }
    for (const option of [{ checkpoint: true }, { spaceThresholds: { dataPercent: 1 }, at }])
      await expect(attempt({ source: snapshot, ...option })).rejects.toThrow(
        'must be left out for a fork of a snapshot',
      )
  })

  test('a source that is not there', async () => {
    await expect(attempt({ source: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      step: 'inspect',
      message: expect.stringContaining('/nowhere/at/all'),
    })
    await expectNothingLeft(bench)
  })

  test('a directory that is not a cluster, whoever owns it, and a file', async () => {
    const directory = await bench.directory('not-a-cluster')
    await mkdir(directory, { recursive: true })
    await expect(attempt({ source: directory })).rejects.toMatchObject({ code: 'SOURCE_NOT_A_CLUSTER' })
    await chown(directory, 65_534, 65_534)
    await expect(attempt({ source: directory })).rejects.toMatchObject({ code: 'SOURCE_NOT_A_CLUSTER' })
    await writeFile(join(directory, 'file'), '')
    await chown(join(directory, 'file'), 65_534, 65_534)
    await expect(attempt({ source: join(directory, 'file') })).rejects.toMatchObject({ code: 'SOURCE_NOT_A_CLUSTER' })
    await rm(directory, { recursive: true })
    await expectNothingLeft(bench)
  })

  test('a cluster that belongs to root, as which PostgreSQL does not run', async () => {
    const directory = await bench.directory('of-root')
    await cp(bench.source.dataDirectory, directory, { recursive: true, filter: (path) => !path.includes('base/') })
    await chown(directory, 0, 0)
    await expect(attempt({ source: directory })).rejects.toMatchObject({ code: 'SOURCE_WRONG_OWNER' })
    await rm(directory, { recursive: true })
    await expectNothingLeft(bench)
  })

  test('binaries of another major version, and none', async () => {
    const other = await findBinaries('18', 'npm')
    const { dataDirectory } = bench.source
    const binDirectory = other as string
    await expect(attempt({ source: { dataDirectory, binDirectory } })).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      facts: { found: 18, expected: 15 },
    })
    await expect(attempt({ source: { dataDirectory, binDirectory: '/nowhere' } })).rejects.toMatchObject({
      code: 'BINARIES_NOT_FOUND',
    })
    await expectNothingLeft(bench)
  })

  test('a connection that leads to another server, and one that leads nowhere', async () => {
    const { dataDirectory } = bench.source
    await expect(
      attempt({ source: { dataDirectory, connection: { host: '127.0.0.1', port: 1 } } }),
    ).rejects.toMatchObject({
      code: 'CONNECTION_REQUIRED',
    })
    await using fork = await bench.fork({ name: 'other' })
    const { host, port, user } = fork.connection
    await expect(attempt({ source: { dataDirectory, connection: { host, port, user } } })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    })
  })

  test('a port that another program listens on', async () => {
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as { port: number }
    try {
      await expect(attempt({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE', facts: { port } })
    } finally {
      await new Promise((resolve) => listener.close(resolve))
    }
    await expectNothingLeft(bench)
  })

  test('a name that is taken: the fork that has it goes on', async () => {
    await using fork = await bench.fork({ name: 'taken' })
    await expect(attempt({ name: 'taken' })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining("(await openFork('taken')).destroy()"),
    })
    await fork.stop()
    await fork.start()
    expect(fork.pid).toBeDefined()
  })

  test('a driver for other storage', async () => {
    await expect(attempt({ source: bench.source.dataDirectory, driver: [] })).rejects.toMatchObject({
      code: 'DRIVER_NOT_FOUND',
    })
    await expectNothingLeft(bench)
  })
})
