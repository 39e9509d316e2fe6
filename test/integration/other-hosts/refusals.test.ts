import { createFork, recordHistory } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { createFolder } from '../../support/storage/index.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { below, createWatcher, type FarSource, farSource } from './far-bench.ts'

/** Before anything is captured. */
await describeOn('btrfs', { below }, (bench) => {
  let b: FarSource

  beforeAll(async () => {
    b = farSource(bench)
    await createWatcher(bench.source)
    await bench.source.query('CREATE ROLE stranger LOGIN')
  })

  const fork = (source = b.source()) => bench.fork({ source, driver: b.far.driver })

  test.each(['fsync', 'full_page_writes'])('H96: a source with %s off is refused', async (setting) => {
    await bench.source.settings({ [setting]: 'off' })
    await expect(fork()).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H96', step: 'plan' })
    await bench.source.settings({ [setting]: 'on' })
  })

  test('H96: so is one on this host whose storage captures what was flushed alone', async () => {
    await bench.source.settings({ fsync: 'off' })
    const here = bench.fork({ driver: b.far.driver })
    await expect(here).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H96', step: 'plan' })
    await bench.source.settings({ fsync: 'on' })
  })

  test('H1: a tablespace is refused, wherever it lies', async () => {
    await using place = await createFolder()
    await giveToServerUser(place.path)
    await bench.source.query(`CREATE TABLESPACE fast LOCATION '${place.path}'`)
    await expect(fork()).rejects.toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H1', step: 'inspect' })
    await bench.source.query('DROP TABLESPACE fast')
  })

  test('a role that may not see where the files are is told what it lacks', async () => {
    await expect(fork(b.source({ user: 'stranger' }))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('pg_monitor'),
    })
  })

  test('without TLS nothing goes over a network', async () => {
    const connection = { host: 'db-a.example', user: 'watcher' }
    const { volume } = b.source() as { volume: { driver: string; volume: string } }
    for (const given of [connection, { ...connection, ssl: false }, 'postgresql://watcher@db-a.example/'])
      await expect(createFork({ source: { connection: given, volume }, driver: b.far.driver })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('TLS'),
      })
  })

  test.each([
    ['a volume without a connection', { volume: { driver: 'far', volume: 'x' } }],
    ['a volume that is only a name', { connection: 'postgresql://localhost', volume: 'pool/x' }],
    [
      'a volume with a data directory',
      { connection: 'postgresql://localhost', volume: { driver: 'far', volume: 'x' }, dataDirectory: '/srv' },
    ],
    ['a directory without a volume', { connection: 'postgresql://localhost', directory: 'main' }],
    [
      'a directory that leads out',
      { connection: 'postgresql://localhost', volume: { driver: 'far', volume: 'x' }, directory: '../main' },
    ],
  ])('%s is no source', async (_, source) => {
    const made = createFork({ source: source as never, driver: b.far.driver })
    await expect(made).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('storage of one host alone is refused for a volume of another', async () => {
    const { driver } = bench.options
    const source = { ...(b.source() as object), volume: { driver: 'btrfs', volume: b.volumePath } }
    await expect(createFork({ ...bench.options, source: source as never, driver })).rejects.toMatchObject({
      code: 'DRIVER_UNSUPPORTED',
    })
  })

  test('what needs the files of a source says so', async () => {
    const recorded = recordHistory({
      ...bench.options,
      source: b.source() as never,
      driver: b.far.driver,
      keep: '1x1w',
    })
    await expect(recorded).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('a stopped source is refused, and told where it can be forked', async () => {
    await bench.source.stop()
    await expect(fork()).rejects.toMatchObject({
      code: 'CONNECTION_REQUIRED',
      message: expect.stringContaining('a stopped one is forked on its own host'),
    })
    await bench.source.start()
  })
})
