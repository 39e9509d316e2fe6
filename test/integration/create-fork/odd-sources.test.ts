import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster, createStandby } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  /** A folder for each source's timelines stays in the state directory. */
  const timelineFolders = async (): Promise<string[]> => readdir(join(bench.stateDirectory, 'timelines'))
  let before: string[]
  beforeAll(async () => {
    before = await timelineFolders()
  })
  afterAll(async () => {
    for (const name of await timelineFolders())
      if (!before.includes(name)) await rmdir(join(bench.stateDirectory, 'timelines', name))
  })

  test('a stopped source whose superuser is named like nobody expects is forked with role, also when it is prepared', async () => {
    const directory = await bench.directory('chiefs')
    await using source = await createCluster({ directory, start: false, initdbOptions: ['--username=chief'] })
    const made = bench.fork({ source: source.dataDirectory })
    await expect(made).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', leftBehind: [] })
    await expect(made).rejects.toThrow('Pass role, the name of one of its superusers')
    await expectNothingLeft(bench)
    let user: unknown
    await using fork = await bench.fork({
      source: source.dataDirectory,
      role: 'chief',
      async prepare(client) {
        user = (await client.query('SELECT current_user AS name')).rows[0]?.name
      },
    })
    expect([user, fork.connection.user]).toEqual(['chief', 'chief'])
    expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test("without a database of the default's name, a fork is connected to the one that is there", async () => {
    const directory = await bench.directory('without-postgres')
    await using source = await createCluster({ directory })
    const session = await source.client('template1')
    await session.query('DROP DATABASE postgres')
    await session.end()
    await using fork = await bench.fork({ source: directory })
    expect(fork.connection.database).toBe('template1')
    expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await expect(bench.fork({ source: directory, database: 'postgres' })).rejects.toThrow('There are template1.')
  })

  test("a source whose socket's directory is relative is reached by it", async () => {
    const directory = await bench.directory('relative')
    await using source = await createCluster({ directory })
    await mkdir(join(directory, 'sockets'), { mode: 0o700 })
    await giveToServerUser(join(directory, 'sockets'))
    await source.settings({ unix_socket_directories: `sockets, ${source.socketDirectory}`, listen_addresses: '' })
    await source.restart()
    expect((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[4]).toBe('sockets')
    await using fork = await bench.fork({ source: directory, checkpoint: true })
    expect(fork.verification?.warnings).toEqual([])
  })

  test.each(['the folder of forks', 'the temporary folder'])('a comma in the path of %s', async (where) => {
    const folder = join(bench.storage.path, 'this, that')
    await mkdir(folder, { recursive: true, mode: 0o711 })
    const temporary = process.env.TMPDIR
    try {
      if (where === 'the temporary folder') process.env.TMPDIR = folder
      await using fork = await bench.fork({ driver: btrfs({ directory: folder }) })
      expect(fork.socketDirectory.includes(',')).toBe(where === 'the temporary folder')
      expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await fork.reset()
      expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    } finally {
      if (temporary === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = temporary
      await rm(folder, { recursive: true })
    }
  })

  test.each(['its signal file', 'its control file'])(
    'H40: a cluster stopped in recovery, told by %s, never keeps the timeline that it follows',
    async (told) => {
      const directory = await bench.directory(`stopped-${told.split(' ')[1]}`)
      await using cluster = told === 'its signal file' ? await stopInRecovery(directory) : await stopStandby(directory)
      const refused = bench.fork({ source: cluster.dataDirectory, timeline: 'keep' })
      await expect(refused).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H40', leftBehind: [] })
      await using fork = await bench.fork({ source: cluster.dataDirectory })
      expect(fork.timeline).toBeGreaterThan(fork.sourceTimeline)
    },
  )

  async function stopInRecovery(directory: string): Promise<Cluster> {
    const cluster = await createCluster({ directory, settings: { restore_command: 'false' } })
    await cluster.stop()
    await writeFile(join(directory, 'recovery.signal'), '')
    await giveToServerUser(join(directory, 'recovery.signal'))
    return cluster
  }

  async function stopStandby(directory: string): Promise<Cluster> {
    const standby = await createStandby(bench.source, { directory })
    await standby.stop()
    await rm(join(standby.dataDirectory, 'standby.signal'))
    return standby
  }

  test("H20: settings that archive are the caller's to choose, and he is told what that means", async () => {
    const archive = { archive_mode: 'on', archive_command: 'true' }
    await using fork = await bench.fork({ settings: archive })
    expect(fork.verification?.warnings).toEqual([expect.stringMatching(/archives its WAL .*\(H20\)/)])
    await using keeping = await bench.fork({ settings: { archive_mode: true } })
    expect(keeping.verification?.warnings).toEqual([expect.stringMatching(/keeps all its WAL.*\(H20\)/)])
    await using plain = await bench.fork({ settings: { archive_command: 'true' } })
    expect(plain.verification?.warnings).toEqual([])
  })
})

await describeOn('ext4', { settings: { log_checkpoints: 'on', checkpoint_completion_target: 0.01 } }, (bench) => {
  test.each([
    [false, /checkpoint starting: force wait/],
    [undefined, /checkpoint starting: immediate force wait/],
  ])('with checkpoint: %s, the checkpoint of a base backup is logged as %s', async (checkpoint, expected) => {
    const before = (await bench.source.log()).length
    await using fork = await bench.fork(checkpoint === undefined ? {} : { checkpoint })
    const logged = (await bench.source.log()).slice(before)
    expect(logged.match(/checkpoint starting: .*/g)?.[0]).toMatch(expected)
    expect(fork.verification?.consistency).toBe('backup')
  })
})
