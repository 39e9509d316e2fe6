import { chmod, lstat, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Fork, UserIdentity } from '@pgfork/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { findClientTool } from '../../support/system/find-client-tool.ts'
import { isBelow } from '../../support/system/is-below.ts'
import { runner } from '../../support/system/runner.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

const nobody: UserIdentity = { uid: 65_534, gid: 65_534 }
const open = {
  listen_addresses: '*',
  unix_socket_permissions: '0777',
  log_file_mode: '0644',
  logging_collector: 'on',
  log_statement: 'all',
}

await describeOn('btrfs', { settings: open }, (bench) => {
  test("H29: a fork of an open server is its owner's alone: files, log and socket", async () => {
    const mask = process.umask(0)
    try {
      await using fork = await bench.fork()
      await query(fork, 'CREATE TABLE private (content text)')
      const log = fork.logFile
      expect(await modesAbove(fork.dataDirectory, bench.storage.path)).toContain('700')
      expect(await modeOf(fork.socketDirectory)).toBe('700')
      expect(await modeOf(log)).toBe('600')
      expect(await worldReadable(bench.stateDirectory)).toEqual([])

      const snapshot = (await itemsOf(bench, fork)).find(({ kind }) => kind === 'snapshot')
      const paths = {
        'the data directory': ['ls', fork.dataDirectory],
        'a file': ['cat', join(fork.dataDirectory, 'postgresql.conf')],
        'the log': ['cat', log],
        'the socket': psqlArguments({ ...fork.connection }),
        'the records': ['ls', join(bench.stateDirectory, 'forks')],
        'the snapshot': ['ls', snapshot?.path ?? ''],
      }
      for (const [what, [file = '', ...args]] of Object.entries(paths)) {
        // root may, which proves the command; the server's user may all but the records and the snapshot.
        await runner.run(file, args)
        const refused = runner.run(file, args, { user: nobody })
        await expect(refused, what).rejects.toMatchObject({ stderr: expect.stringMatching(/Permission denied/) })
      }
      await fork.reset()
      expect(await modeOf(fork.socketDirectory)).toBe('700')
      await expect(runner.run('ls', [fork.dataDirectory], { user: nobody })).rejects.toThrow('Permission denied')
    } finally {
      process.umask(mask)
    }
  })

  test('H29: a fork listens on the loopback alone, and there asks everybody for the password', async () => {
    await bench.source.query(`CREATE ROLE visitor LOGIN PASSWORD 'right one'`)
    await using fork = await bench.fork()
    expect(await query(fork, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    for (const address of foreignAddresses())
      await expect(enter({ host: address, port: fork.port })).rejects.toMatchObject({ code: 'ECONNREFUSED' })

    // The source asks for none, as its pg_hba.conf says.
    expect(await enter({ host: '127.0.0.1', port: bench.source.port, user: 'visitor' })).toBe('visitor')
    const at = { host: fork.host, port: fork.port }
    for (const user of ['visitor', 'postgres'])
      await expect(enter({ ...at, user, password: 'wrong one' })).rejects.toMatchObject({ code: '28P01' })
    await expect(enter({ ...at, user: 'visitor' })).rejects.toThrow(/password/)
    expect(await enter({ ...at, user: 'visitor', password: 'right one' })).toBe('visitor')

    const withPassword = psqlArguments({ ...at, user: 'visitor', database: 'postgres' })
    const [, ...args] = withPassword
    await expect(runner.run(psql, args, { user: nobody })).rejects.toThrow('no password supplied')
    await runner.run(psql, args, { user: nobody, environment: { PGPASSWORD: 'right one' } })
  })
})

await describeOn('btrfs', { below: `${'d'.repeat(40)}/${'e'.repeat(40)}` }, (bench) => {
  test('H29: what lies beside a data directory, for all to read, is closed in forks and snapshots of it', async () => {
    const top = join(bench.storage.path, 'master')
    await chmod(top, 0o755)
    await writeFile(join(top, 'beside.txt'), 'for all to read', { mode: 0o644 })
    await runner.run('cat', [join(top, 'beside.txt')], { user: nobody })
    await using fork = await bench.fork()
    const items = await itemsOf(bench, fork)
    expect(items.map(({ kind }) => kind).sort()).toEqual(['clone', 'snapshot'])
    for (const { path } of items) {
      const file = join(path, 'beside.txt')
      expect(await readFile(file, 'utf8')).toBe('for all to read')
      await expect(runner.run('cat', [file], { user: nobody })).rejects.toThrow('Permission denied')
      // Nor may others look around there.
      const around = dirname(dirname(path))
      await expect(runner.run('ls', [around], { user: nobody })).rejects.toThrow('Permission denied')
    }
    await rm(join(top, 'beside.txt'))
  })

  test('H29: a socket whose path would be too long lies in a private folder elsewhere', async () => {
    await using fork = await bench.fork()
    const { socketDirectory } = fork
    expect(isBelow(socketDirectory, tmpdir())).toBe(true)
    expect(isBelow(socketDirectory, fork.dataDirectory)).toBe(false)
    expect(await modeOf(socketDirectory)).toBe('700')
    const [, ...args] = psqlArguments(fork.connection)
    await expect(runner.run(psql, args, { user: nobody })).rejects.toThrow('Permission denied')
    await fork.reset()
    expect(fork.socketDirectory).toBe(socketDirectory)
    await query(fork, 'SELECT 1')
    await fork.destroy()
    await expect(stat(socketDirectory)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

/** The clone and the snapshot of a fork in storage, and where their files are. */
async function itemsOf(bench: SourceWorkbench, fork: Fork): Promise<{ kind: string; path: string }[]> {
  const record = JSON.parse(await readFile(join(bench.stateDirectory, 'forks', `${fork.name}.json`), 'utf8'))
  const { driver, runner } = bench.options
  const items = await driver.list(record.clones[0].volume, { runner, warn: () => {}, progress: () => {} })
  return items.map(({ kind, path = '' }) => ({ kind, path }))
}

/** Of what lies between a path and the top of its storage. */
async function modesAbove(path: string, top: string): Promise<string[]> {
  const modes: string[] = []
  for (let folder = path; folder !== top; folder = dirname(folder)) modes.push(await modeOf(folder))
  return modes
}

const modeOf = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o777).toString(8)

async function worldReadable(folder: string): Promise<string[]> {
  const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name))
  const modes = await Promise.all(paths.map(async (path) => [path, (await lstat(path)).mode & 0o077] as const))
  return modes.filter(([, mode]) => mode !== 0).map(([path, mode]) => `${path} ${mode.toString(8)}`)
}

const psql = (await findClientTool('psql')) ?? 'psql'

const psqlArguments = ({
  host,
  port,
  user,
  database,
}: {
  host: string
  port: number
  user: string
  database: string
}): string[] => [
  psql,
  ...['--no-psqlrc', '--no-password', '--host', host, '--port', String(port), '--username', user],
  ...['--dbname', database, '--command', 'SELECT 1'],
]

async function enter(connection: pg.ClientConfig): Promise<string> {
  const client = new pg.Client({ user: 'postgres', database: 'postgres', ...connection })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<{ role: string }>('SELECT current_user AS role')).rows[0]?.role ?? ''
  } finally {
    await client.end()
  }
}

/** Addresses of this machine that aren't its loopback. */
const foreignAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
