import { appendFile, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { hasRecoveryFile, reservePort } from '../../support/cluster/index.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const settingsOf = async (
  server: Parameters<typeof query>[0],
  names: readonly string[],
): Promise<Record<string, string>> => {
  const rows = await query<{ name: string; setting: string }>(
    server,
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [names],
  )
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

/** All files of a folder with their contents. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')])))
}

await describeOn('btrfs', { layout: 'debian', settings: { work_mem: '7MB', log_directory: '/nowhere' } }, (bench) => {
  const paths = ['config_file', 'hba_file', 'ident_file', 'data_directory', 'external_pid_file'] as const

  test('H5: a fork of a Debian cluster has configuration files of its own, and leaves those of its source alone', async () => {
    const { source } = bench
    const etc = dirname(source.configFile)
    await appendFile(join(etc, 'conf.d', 'memory.conf'), `maintenance_work_mem = '33MB'\n`)
    await source.restart()
    const own = await settingsOf(source, paths)
    expect(own.config_file).toBe(source.configFile)
    expect(source.configFile.startsWith(source.dataDirectory)).toBe(false)
    const before = await contentsOf(dirname(etc))

    await using fork = await bench.fork()
    const { dataDirectory } = fork
    expect(await settingsOf(fork, paths)).toEqual({
      config_file: join(dataDirectory, 'postgresql.conf'),
      hba_file: join(dataDirectory, 'pg_hba.conf'),
      ident_file: join(dataDirectory, 'pg_ident.conf'),
      data_directory: dataDirectory,
      external_pid_file: '',
    })
    // From postgresql.conf, and from a file that it includes.
    const inherited = ['work_mem', 'maintenance_work_mem']
    expect(await settingsOf(fork, inherited)).toEqual({ work_mem: '7168', maintenance_work_mem: '33792' })
    expect(await settingsOf(fork, ['log_directory'])).toEqual({ log_directory: 'log' })

    await query(fork, 'ALTER SYSTEM SET work_mem = 100')
    await fork.stop()
    expect(withoutLog(await contentsOf(dirname(etc)))).toEqual(withoutLog(before))
    expect(await settingsOf(source, paths)).toEqual(own)
  })

  test('H5: a stopped Debian cluster is read where its last start found its configuration', async () => {
    const { source } = bench
    await source.stop()
    try {
      await using fork = await bench.fork()
      expect(await settingsOf(fork, ['work_mem', 'config_file'])).toEqual({
        work_mem: '7168',
        config_file: join(fork.dataDirectory, 'postgresql.conf'),
      })
      expect(source.isRunning()).toBe(false)
    } finally {
      await source.start()
    }
  })
})

const withoutLog = (contents: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(contents).filter(([path]) => !path.endsWith('.log')))

await describeOn('btrfs', { settings: { archive_mode: 'on', archive_command: 'true' } }, (bench) => {
  test('H11: a port that the source has by ALTER SYSTEM is not the port of its forks', async () => {
    const { source } = bench
    await using elsewhere = await reserve()
    const first = source.port
    await source.query(`ALTER SYSTEM SET port = ${elsewhere.port}`)
    {
      // Written already, but in force from the next start on.
      await using fork = await bench.fork()
      expect([first, elsewhere.port]).not.toContain(fork.port)
    }
    await source.restart()
    expect(source.port).toBe(elsewhere.port)
    try {
      await using fork = await bench.fork()
      expect(await settingsOf(fork, ['port'])).toEqual({ port: String(fork.port) })
      expect(fork.port).not.toBe(elsewhere.port)
      await fork.stop()
      await fork.start()
      expect(await settingsOf(fork, ['port'])).toEqual({ port: String(fork.port) })
      expect(await settingsOf(source, ['port'])).toEqual({ port: String(elsewhere.port) })
    } finally {
      await source.query('ALTER SYSTEM RESET port')
      await source.restart()
    }
  })

  test('H11: a fork that somebody starts by plain pg_ctl is as safe as before', async () => {
    const { source } = bench
    await source.query(`ALTER SYSTEM SET archive_command = 'cp %p /nowhere/%f'`)
    await using fork = await bench.fork({ settings: { work_mem: '9MB' } })
    const names = [
      ...['port', 'unix_socket_directories', 'listen_addresses', 'archive_mode', 'archive_command', 'work_mem'],
      ...['synchronous_standby_names', 'max_logical_replication_workers', 'hba_file', 'config_file', 'cluster_name'],
      ...['hot_standby', 'shared_buffers', 'fsync', 'logging_collector', 'primary_conninfo', 'restore_command'],
    ]
    const before = await settingsOf(fork, names)
    expect(before).toMatchObject({
      port: String(fork.port),
      unix_socket_directories: fork.socketDirectory,
      listen_addresses: '127.0.0.1',
      archive_mode: 'off',
      archive_command: '(disabled)',
      work_mem: '9216',
      ...(hasRecoveryFile(source) ? {} : { primary_conninfo: '' }),
    })
    await fork.stop()
    await startByHand(source, fork)
    expect(await settingsOf(fork, names)).toEqual(before)
    expect(
      await query(
        fork,
        'SELECT pg_is_in_recovery() AS recovers, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS line',
      ),
    ).toEqual([{ recovers: false, line: '00000002' }])
    // The handle finds this server, too.
    await fork.stop()
    await expect(query(fork, 'SELECT 1')).rejects.toThrow()
    await fork.start()
    await fork.reset()
    expect(await settingsOf(fork, names)).toEqual(before)
  })

  async function reserve(): Promise<AsyncDisposable & { readonly port: number }> {
    const { port, release } = await reservePort()
    return { port, [Symbol.asyncDispose]: release }
  }
})
