import process from 'node:process'
import { createFork, createSnapshot, listForks, listSnapshots, openFork } from '@pgfork/core'
import pg from 'pg'
import { beforeAll, expect, test, vi } from 'vitest'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query(`CREATE ROLE clerk LOGIN PASSWORD 'of the clerk'`)
    await bench.source.query('CREATE DATABASE office')
  })

  test('connect gives clients, as any role and to any database', async () => {
    await using fork = await bench.fork({ database: 'office' })
    const [own, other] = [await fork.connect(), await fork.connect({ database: 'postgres', user: 'clerk' })]
    const who = 'SELECT current_user AS role, current_database() AS database'
    expect((await own.query(who)).rows).toEqual([{ role: 'postgres', database: 'office' }])
    expect((await other.query(who)).rows).toEqual([{ role: 'clerk', database: 'postgres' }])
    await own.end()
    await expect(fork.connect({ database: 'nope' })).rejects.toMatchObject({ code: '3D000' })
    await expect(fork.connect({ role: 'clerk' } as never)).rejects.toThrow('connect has no option role.')
  })

  test('connect asks for no TLS, which a fork does not have, whatever the environment says', async () => {
    await using fork = await bench.fork()
    vi.stubEnv('PGSSLMODE', 'require')
    try {
      expect((await (await fork.connect()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('a query that fails while its client is open is what the caller is told, and the fork goes', async () => {
    const made = async (): Promise<void> => {
      await using fork = await bench.fork({ name: 'with-client' })
      const client = await fork.connect()
      await client.query('SELECT nonsense')
    }
    await expect(made()).rejects.toMatchObject({ code: '42703' })
    expect(await listForks(bench.options)).toEqual([])
  })

  test.each(['reset', 'stop', 'persist'] as const)(
    '%s ends open clients, and the queries under way alone',
    async (verb) => {
      await using fork = await bench.fork()
      const [idle, busy] = [await fork.connect(), await fork.connect()]
      const query = busy.query('SELECT pg_sleep(600)')
      const failed = expect(query).rejects.toThrow(/Connection terminated/)
      await fork[verb]()
      await failed
      await expect(idle.query('SELECT 1')).rejects.toThrow()
      if (verb === 'stop') await fork.start()
      expect((await (await fork.connect()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    },
  )

  test.each(['reset', 'stop', 'persist', 'destroy'] as const)(
    '%s keeps nobody waiting who is just connecting',
    async (verb) => {
      await using fork = await bench.fork()
      const [connecting, done] = await Promise.allSettled([fork.connect(), fork[verb]()])
      // The server may have been quicker.
      if (connecting.status === 'rejected') expect(connecting.reason).toMatchObject({ code: 'FORK_NOT_READY' })
      expect(done).toEqual({ status: 'fulfilled', value: undefined })
    },
  )

  test('a server that dies takes nobody with it', async () => {
    await using fork = await bench.fork()
    const client = await fork.connect()
    let hasEnded = false
    client.once('end', () => {
      hasEnded = true
    })
    process.kill(fork.pid as number, 'SIGKILL')
    await waitUntil(async () => hasEnded, { timeoutMs: 60_000, what: 'end of the client' })
  })

  test('by TCP a role needs its password', async () => {
    await using fork = await bench.fork({ role: 'clerk' })
    expect(fork.tcpConnectionString).toBe(`postgresql://clerk@127.0.0.1:${fork.port}/postgres`)
    const client = new pg.Client({ connectionString: fork.tcpConnectionString.replace('@', ':of%20the%20clerk@') })
    await client.connect()
    expect((await client.query('SELECT inet_client_addr() AS address')).rows).toEqual([{ address: '127.0.0.1' }])
    await client.end()
    await expect(new pg.Client(fork.tcpConnectionString).connect()).rejects.toThrow(/password/)
  })

  test('lists tell of forks and snapshots what one looks for', async () => {
    const source = bench.source.dataDirectory
    await using fork = await bench.fork({ name: 'listed', timeToLiveMs: 3_600_000, protect: true })
    try {
      const [listed] = await listForks(bench.options)
      expect(listed).toMatchObject({
        name: 'listed',
        source,
        isProtected: true,
        connectionString: fork.connectionString,
      })
      const inMs = (listed?.expiresAt?.getTime() ?? 0) - Date.now()
      expect(inMs).toBeGreaterThan(3_500_000)
      expect(inMs).toBeLessThanOrEqual(3_600_000)
    } finally {
      await fork.unprotect()
    }
    expect((await listForks(bench.options))[0]?.isProtected).toBe(false)
    // That of a fork is not listed.
    expect(await listSnapshots(bench.options)).toEqual([])
    await using first = await createSnapshot({ source, name: 'z-first', ...bench.options })
    await using second = await createSnapshot({ source, name: 'a-second', ...bench.options })
    const found = await listSnapshots(bench.options)
    expect(found.map(({ name, dataDirectory, major }) => [name, dataDirectory, major])).toEqual(
      [first, second].map(({ name, major }) => [name, source, major]),
    )
    await using ofListed = await bench.fork({ source: found[0] as (typeof found)[0] })
    expect(ofListed.pid).toBeDefined()
  })

  test('a name that a fork of an ended process holds: the error says who frees it', async () => {
    const other = await startForkProcess(bench.stateDirectory)
    await other.create({ source: bench.source.dataDirectory, name: 'crashy' })
    await expect(bench.fork({ name: 'crashy' })).rejects.toThrow("remove it: (await openFork('crashy')).destroy()")
    await other.end('SIGKILL')
    const taken = bench.fork({ name: 'crashy', collectGarbage: false })
    await expect(taken).rejects.toMatchObject({ code: 'NAME_TAKEN', facts: { isGarbage: true } })
    await expect(taken).rejects.toThrow('The process that made it has ended: collectGarbage() removes it')
    await (await openFork('crashy', bench.options)).destroy()
  })

  test('warnings reach somebody by default: they are warnings of Node', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const { onWarning: _, ...quiet } = bench.options
      const settings = { archive_mode: 'on', archive_command: 'true' }
      await using fork = await createFork({ source: bench.source.dataDirectory, ...quiet, settings })
      expect(fork.pid).toBeDefined()
      const { calls } = emit.mock
      expect(calls).toEqual([[expect.stringContaining('archives its WAL'), { type: 'PgforkWarning', code: 'PGFORK' }]])
    } finally {
      emit.mockRestore()
    }
  })
})
