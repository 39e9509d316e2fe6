import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasRecoveryFile, testedVersion } from '../../support/cluster/index.ts'
import { crashAndStart, killServer } from '../../support/fork/crash-and-start.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const settings = {
  shared_buffers: '160MB',
  max_connections: 300,
  huge_pages: 'try',
  cluster_name: 'production',
  log_line_prefix: '%m [%p] source ',
}

await describeOn('btrfs', { settings }, (bench) => {
  const lockFile = (dataDirectory: string) => readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    )
  const segmentsOf = async (pid: number | undefined) => {
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8')
    return [...new Set(maps.match(/\/dev\/shm\/PostgreSQL\.\d+/g) ?? [])]
  }
  const sharedMemoryOf = async (dataDirectory: string) => (await lockFile(dataDirectory)).split('\n')[6]?.trim()

  test("H10: the lock file of the running source is not the fork's, and stays as it is", async () => {
    const { dataDirectory, pid } = bench.source
    const before = await lockFile(dataDirectory)
    await using fork = await bench.fork()
    const [forkPid, directory] = (await lockFile(fork.dataDirectory)).split('\n')
    expect([Number(forkPid), directory]).toEqual([fork.pid, fork.dataDirectory])
    expect(fork.pid).not.toBe(pid)
    expect(await readFile(join(fork.dataDirectory, 'postmaster.opts'), 'utf8')).toContain(fork.dataDirectory)
    await fork.stop()
    expect(await lockFile(dataDirectory)).toBe(before)
    expect(bench.source.isRunning()).toBe(true)
  })

  test('H13: recovery runs no command', async () => {
    await using fork = await bench.fork()
    if (!hasRecoveryFile(bench.source))
      expect(await query(fork, 'SHOW restore_command')).toEqual([{ restore_command: '' }])
    const log = await readFile(join(fork.dataDirectory, 'pgfork', 'server.log'), 'utf8')
    expect(log).toContain('archive recovery complete')
    expect(log).not.toContain('FATAL')
  })

  test('H18: on storage that it shares with its source, a fork flushes its own files and nothing else', async () => {
    await using fork = await bench.fork()
    // 13 and earlier know no other way.
    const isChosen = Number(bench.source.version) >= 14
    expect(await query(fork, `SELECT setting FROM pg_settings WHERE name = 'recovery_init_sync_method'`)).toEqual(
      isChosen ? [{ setting: 'fsync' }] : [],
    )
  })

  test('H19: source and forks, whose directories have one inode number, use no memory of each other', async () => {
    const { source } = bench
    await using first = await bench.fork()
    await using second = await bench.fork()
    const directories = [source, first, second].map(({ dataDirectory }) => dataDirectory)
    const inodes = await Promise.all(directories.map(async (directory) => (await stat(directory)).ino))
    expect(new Set(inodes).size).toBe(1)
    const segments = await Promise.all(directories.map(sharedMemoryOf))
    const identifiers = segments.map((segment) => segment?.split(/\s+/)[1])
    expect(new Set(identifiers).size).toBe(3)
    // Which of them takes over what the killed one leaves behind is the server's business; the others live on.
    await crashAndStart(first)
    for (const server of [source, first, second]) await query(server, 'CREATE TABLE alive (); DROP TABLE alive')
    expect(await sharedMemoryOf(source.dataDirectory)).toBe(segments[0])
    expect(await sharedMemoryOf(second.dataDirectory)).toBe(segments[2])
  })

  test('H28: memory and connections of a production server are not taken along; the caller may ask for them', async () => {
    const names = ['huge_pages', 'max_connections', 'shared_buffers']
    const values = async (server: Parameters<typeof query>[0]) =>
      (
        await query<{ setting: string }>(
          server,
          `SELECT current_setting(name) AS setting FROM unnest($1::text[]) AS name ORDER BY name`,
          [names],
        )
      ).map(({ setting }) => setting)
    expect(await values(bench.source)).toEqual(['try', '300', '160MB'])
    await using fork = await bench.fork()
    expect(await values(fork)).toEqual(['off', '100', '128MB'])
    await using large = await bench.fork({ settings: { shared_buffers: '144MB', max_connections: '200' } })
    expect(await values(large)).toEqual(['off', '200', '144MB'])
  })

  test('H30: what an agent knows its server by is not taken along', async () => {
    const { source } = bench
    const mark = join(source.dataDirectory, 'patroni.dynamic.json')
    await writeFile(mark, '{"ttl": 30}')
    await using fork = await bench.fork({ name: 'adopted' })
    await fork.stop()
    await startByHand(source, fork)
    expect(await query(fork, 'SHOW cluster_name')).toEqual([{ cluster_name: 'adopted' }])
    await expect(stat(join(fork.dataDirectory, 'patroni.dynamic.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readFile(mark, 'utf8')).toBe('{"ttl": 30}')
  })

  test('the shared memory of a server that was killed goes with the fork, and nothing of other servers', async () => {
    await using fork = await bench.fork()
    await using forkOfFork = await bench.fork({ source: fork.dataDirectory })
    const first = await segmentsOf(fork.pid)
    await crashAndStart(fork)
    const own = await segmentsOf(fork.pid)
    expect(await Promise.all(first.map(isThere))).not.toContain(true)
    const others = [...(await segmentsOf(bench.source.pid)), ...(await segmentsOf(forkOfFork.pid))]
    expect(own).not.toEqual([])
    await killServer(fork)
    expect(await Promise.all(own.map(isThere))).not.toContain(false)
    await fork.destroy()
    expect(await Promise.all(own.map(isThere))).not.toContain(true)
    expect(await Promise.all(others.map(isThere))).not.toContain(false)
    await query(forkOfFork, 'CREATE TABLE alive ()')
  })

  test.each(['start', 'destroy'] as const)(
    'H145: %s removes what the processes of a server that was killed had shared among them',
    async (verb) => {
      await using fork = await bench.fork()
      const client = await fork.connect()
      const setting = Number(bench.source.version) >= 16 ? 'debug_parallel_query' : 'force_parallel_mode'
      await client.query(`SET ${setting} = on`)
      const ended = expect(client.query('SELECT pg_sleep(600)')).rejects.toThrow()
      const worker = await waitUntil(
        async () => (await query<{ pid: number }>(fork, sleepingWorker))[0]?.pid ?? false,
        {
          timeoutMs: 30_000,
          what: 'worker of a parallel query',
        },
      )
      const files = await segmentsOf(worker)
      expect(files.length).toBeGreaterThan((await segmentsOf(fork.pid)).length)
      await killServer(fork)
      await ended
      expect(await Promise.all(files.map(isThere))).not.toContain(false)
      await fork[verb]()
      expect(await Promise.all(files.map(isThere))).not.toContain(true)
    },
  )
})

const sleepingWorker = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'`

const largeSegments = {
  // initdb of version 10 doesn't know the option.
  version: testedVersion() === '10' ? '11' : testedVersion(),
  initdbOptions: ['--wal-segsize=64'],
  settings: { min_wal_size: '320MB', max_wal_size: '4GB' },
} as const

await describeOn('btrfs', largeSegments, (bench) => {
  test('H28: sizes of the WAL that the source has are not taken along, and yet suit its segments', async () => {
    await using fork = await bench.fork()
    const names = ['min_wal_size', 'wal_segment_size']
    expect(
      await query(fork, 'SELECT current_setting(name) AS setting FROM unnest($1::text[]) AS name', [names]),
    ).toEqual([{ setting: '128MB' }, { setting: '64MB' }])
  })
})
