import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import type { OwnedServer, ServerLauncher, StartServerRequest } from '@pgfork/core/companion'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../cluster/index.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { readProcess } from '../system/processes.ts'
import { giveToServerUser, serverUser } from '../system/server-user.ts'
import { waitUntil } from '../wait-until.ts'

/** Where its servers run. */
export interface LauncherUnderTest {
  readonly launcher: ServerLauncher
  readonly place?: OwnedServer['place']
  /** Of the installation, as the launcher finds it: `''` for what is in the PATH there. */
  binDirectory(cluster: Cluster): string
}

/** What every launcher must do, by a cluster of its own. */
export function launcherSuite(open: () => Promise<LauncherUnderTest>): void {
  const owner: UserIdentity = serverUser ?? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  let folder: string
  let cluster: Cluster
  let under: LauncherUnderTest
  let server: OwnedServer
  let request: StartServerRequest

  beforeAll(async () => {
    under = await open()
    folder = await makeWorkFolder('launcher')
    const dataDirectory = join(folder, 'data')
    await mkdir(dataDirectory, { mode: 0o700 })
    await giveToServerUser(dataDirectory)
    cluster = await createCluster({ directory: dataDirectory })
    const socketDirectory = join(dataDirectory, 'pgfork')
    await mkdir(socketDirectory, { mode: 0o700 })
    await giveToServerUser(socketDirectory)
    await cluster.settings({ unix_socket_directories: socketDirectory, logging_collector: false })
    await cluster.stop()
    server = { dataDirectory, socketDirectory, ...(under.place === undefined ? {} : { place: under.place }) }
    request = {
      ...{ server, owner, binDirectory: under.binDirectory(cluster), logFile: join(socketDirectory, 'server.log') },
      ...{ outsideDirectory: join(folder, 'outside'), diesWithCaller: false, promotes: false, timeoutMs: 60_000 },
    }
  })
  const stop = (mode: 'fast' | 'immediate', stopped = server) =>
    under.launcher.stop({ server: stopped, owner, mode, timeoutMs: 60_000 })
  afterEach(() => stop('immediate'))
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async (): Promise<unknown> => {
    const client = new pg.Client({
      host: server.socketDirectory,
      port: cluster.port,
      user: 'postgres',
      database: 'postgres',
    })
    await client.connect()
    const { rows } = await client.query('select 1 as one').finally(() => client.end())
    return rows
  }
  const status = async () => (await under.launcher.find(server)).status

  test('a server that was started answers, is found, and is gone when it was stopped', async () => {
    expect(await status()).toBe('none')
    const started = await under.launcher.start(request)
    expect(await ask()).toEqual([{ one: 1 }])
    const found = await under.launcher.find(server)
    expect(found).toMatchObject({ status: 'running', identity: { pid: started.pid } })
    expect((await readProcess(started.pid))?.command).toContain('postgres')
    await stop('fast')
    expect(await status()).toBe('none')
    expect(await readProcess(started.pid)).toBeUndefined()
    await stop('fast')
    await stop('immediate')
  })

  test('H85: a second start is refused, and the first server goes on', async () => {
    await under.launcher.start(request)
    await expect(under.launcher.start(request)).rejects.toMatchObject({ code: 'BUSY' })
    expect(await ask()).toEqual([{ one: 1 }])
  })

  test('a server that was killed is no obstacle to the next one', async () => {
    for (const mode of ['killed', 'stopped'] as const) {
      const { pid } = await under.launcher.start(request)
      if (mode === 'killed') process.kill(pid, 'SIGKILL')
      else await stop('immediate')
      await waitUntil(async () => (await status()) === 'none', { timeoutMs: 30_000, what: 'end of the server' })
    }
    await under.launcher.start(request)
    expect(await ask()).toEqual([{ one: 1 }])
  })

  test('a start that fails quotes the log, and leaves no server', async () => {
    await cluster.settings({ shared_preload_libraries: 'no_such_library' })
    try {
      await expect(under.launcher.start(request)).rejects.toMatchObject({
        ...{ code: 'SERVER_START_FAILED', log: expect.stringContaining('no_such_library') },
      })
      expect(await status()).toBe('none')
    } finally {
      await cluster.settings({ shared_preload_libraries: '' })
    }
  })

  test('a start that is aborted leaves no server', async () => {
    const signal = AbortSignal.timeout(1)
    await expect(under.launcher.start({ ...request, signal })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await status()).toBe('none')
  })

  test('programs of the installation run, and one that it has not is told', async () => {
    const run = (program: string, ...args: string[]) => under.launcher.run({ ...request, program, args })
    expect((await run('postgres', '--version'))?.stdout).toContain(`(PostgreSQL) ${cluster.version}.`)
    expect((await run('pg_controldata', '-D', server.dataDirectory))?.stdout).toContain('Database system identifier')
    expect(await run('pg_no_such_program')).toBeUndefined()
    // Of a file of its own, not of the program.
    await expect(run('pg_controldata', '-D', '/nowhere')).rejects.toMatchObject({
      ...{ code: 'COMMAND_FAILED', stderr: expect.stringContaining('No such file or directory') },
    })
    const aborted = { ...request, program: 'postgres', args: ['--version'], signal: AbortSignal.abort() }
    await expect(under.launcher.run(aborted)).rejects.toMatchObject({ code: 'ABORTED' })
  })
}
