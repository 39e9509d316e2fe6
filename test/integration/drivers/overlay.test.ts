import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot, type Fork, listForks } from '@pgfork/core'
import { findMount } from '@pgfork/core/driver'
import { overlay } from '@pgfork/driver-overlay'
import { expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const count = (fork: Fork): Promise<number> =>
  fork.connect().then(async (client) => {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int FROM orders')
    await client.end()
    return rows[0]?.count ?? 0
  })

const write = async (fork: Fork, sql: string): Promise<void> => {
  const client = await fork.connect()
  await client.query(sql)
  await client.end()
}

await describeOn('ext4', {}, (bench) => {
  test('forks of one snapshot of a running source, and of such a fork, each hold their own', async () => {
    const { source, options } = bench
    await source.query('CREATE TABLE orders AS SELECT id FROM generate_series(1, 1000) id')
    const driver = overlay({ volatile: true })
    const snapshot = await createSnapshot({ ...options, driver, source: source.dataDirectory, name: 'shared' })
    const given = { ...options, driver, durability: 'throwaway' } as const
    const forks = await Promise.all([1, 2, 3].map(() => bench.fork({ ...given, source: snapshot })))
    for (const [index, fork] of forks.entries())
      await write(fork, `INSERT INTO orders SELECT id FROM generate_series(1, ${index + 1}) id`)
    expect(await Promise.all(forks.map(count))).toEqual([1001, 1002, 1003])
    const [first] = forks as [Fork, ...Fork[]]
    {
      await using below = await bench.fork({ ...given, source: first })
      await write(below, 'DELETE FROM orders')
      expect([await count(below), await count(first)]).toEqual([0, 1001])
    }
    await first.reset()
    expect(await count(first)).toBe(1000)
    await first.stop()
    await first.start()
    expect(await count(first)).toBe(1000)
    for (const fork of forks) await fork.destroy()
    expect(await source.query('SELECT count(*)::int FROM orders')).toEqual([{ count: 1000 }])
    await snapshot.destroy()
    expect(await findMount(first.dataDirectory)).toBeUndefined()
  })

  test('H141: a snapshot that a fork needs stays as it was when it is to be removed', async () => {
    const { source, options } = bench
    const given = { ...options, driver: overlay({ volatile: true }), durability: 'throwaway' } as const
    const snapshot = await createSnapshot({ ...given, source: source.dataDirectory, name: 'needed' })
    const fork = await bench.fork({ ...given, source: snapshot })
    await expect(snapshot.destroy()).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining(fork.name),
    })
    await fork.reset()
    await (await bench.fork({ ...given, source: snapshot })).destroy()
    // Whose record is lost, as one of another state directory: the storage alone knows.
    const record = join(options.stateDirectory, 'forks', `${fork.name}.json`)
    await rename(record, `${record}.lost`)
    await expect(snapshot.destroy()).rejects.toMatchObject({ code: 'BUSY' })
    await rename(`${record}.lost`, record)
    await fork.reset()
    await fork.destroy()
    await snapshot.destroy()
  })

  test('H142: a process that a test has left behind keeps no volatile clone', async () => {
    const { source, options } = bench
    const given = { ...options, driver: overlay({ volatile: true }), durability: 'throwaway' } as const
    const snapshot = await createSnapshot({ ...given, source: source.dataDirectory, name: 'left' })
    const warnings: string[] = []
    const fork = await bench.fork({ ...given, source: snapshot, onWarning: (warning) => warnings.push(warning) })
    const file = join(await bench.directory('left'), 'pid')
    await write(fork, `COPY (SELECT 1) TO PROGRAM 'sleep 600 >/dev/null 2>&1 & echo $! >${file}'`)
    const pid = Number(await readFile(file, 'utf8'))
    try {
      const begun = performance.now()
      await fork.destroy()
      expect(performance.now() - begun).toBeLessThan(5_000)
      expect(warnings.join()).toContain(`sleep (pid ${pid}) holds ${fork.dataDirectory}`)
      expect(await findMount(fork.dataDirectory)).toBeUndefined()
      expect(existsSync(join(fork.dataDirectory, '..'))).toBe(false)
      expect((await listForks(options)).map(({ name }) => name)).not.toContain(fork.name)
      await snapshot.destroy()
    } finally {
      process.kill(pid, 'SIGKILL')
    }
  })

  test('a walsender that reads before the server has written sends what is written then', async () => {
    const { source, options } = bench
    const driver = overlay()
    const snapshot = await createSnapshot({ ...options, driver, source: source.dataDirectory, name: 'sent' })
    // The same in both: a server whose settings changed writes that as soon as it has started.
    const settings = { max_wal_senders: 2, wal_level: 'replica', bgwriter_delay: '10s' }
    const first = await bench.fork({ ...options, driver, source: snapshot, settings })
    await first.stop()
    const stopped = await createSnapshot({ ...options, driver, source: first.dataDirectory, name: 'stopped' })
    const fork = await bench.fork({
      ...{ ...options, driver, source: stopped, timeline: 'keep' as const, verify: { connect: false } },
      settings,
    })
    const folder = await bench.directory('received')
    const { host, port, user } = fork.connection
    const giveUp = new AbortController()
    const receiver = runner
      .run(
        join(source.binDirectory, 'pg_receivewal'),
        ['-D', folder, '-h', host, '-p', String(port), '-U', user, '--no-loop', '--synchronous'],
        { ...(serverUser && { user: serverUser }), signal: giveUp.signal },
      )
      .catch((error: unknown) => error)
    const client = await fork.connect()
    const sent = `SELECT sent_lsn = pg_current_wal_flush_lsn() AS sent FROM pg_stat_replication WHERE state = 'streaming'`
    const isSent = async (): Promise<boolean> => (await client.query(sent)).rows[0]?.sent === true
    await expect.poll(isSent, { timeout: 30_000 }).toBe(true)
    const { rows } = await client.query<{ name: string }>(
      `SELECT pg_walfile_name(pg_logical_emit_message(true, 'overlay', repeat('written', 1000))) AS name`,
    )
    await expect.poll(isSent, { timeout: 30_000 }).toBe(true)
    const name = rows[0]?.name ?? ''
    giveUp.abort()
    expect(await receiver).toMatchObject({ code: 'ABORTED' })
    const received = await readFile(join(folder, `${name}.partial`), 'latin1')
    expect(received).toContain('written'.repeat(1000))
    await client.end()
    await rm(folder, { recursive: true })
    for (const made of [fork, first, stopped, snapshot]) await made.destroy()
  })
})
