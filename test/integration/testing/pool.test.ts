import { listForks, openFork } from '@pgfork/core'
import { createTemplate } from '@pgfork/testing'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { startTemplateProcess } from '../../support/programs/template-process.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeTemplatesOn } from '../../support/workbench/template-workbench.ts'

await describeTemplatesOn('btrfs', (bench) => {
  const forks = () => listForks({ stateDirectory: bench.stateDirectory })

  test('a warm pool hands out servers that nobody has used, and replaces them', async () => {
    await using pool = (await bench.template()).pool({ size: 2 })
    await pool.warm()
    expect(pool.statistics()).toMatchObject({ ready: 2, handedOut: 0 })
    const names = new Set<string>()
    for (let round = 0; round < 5; round++)
      await pool.use(async (server) => {
        names.add(server.name)
        const client = await server.connect()
        expect((await client.query('select from item')).rowCount).toBe(1000)
        await client.query('truncate item')
      })
    expect(names.size).toBe(5)
    await pool.warm()
    expect(pool.statistics()).toMatchObject({ ready: 2, handedOut: 0, failed: 0, waiting: 0, acquire: { count: 5 } })
  })

  test('there are never more servers than the maximum: who asks for more waits his turn', async () => {
    await using pool = (await bench.template()).pool({ size: 1, maximum: 3 })
    let [inside, most, made] = [0, 0, 0]
    const use = () =>
      pool.use(async () => {
        most = Math.max(most, ++inside)
        made = Math.max(made, (await forks()).length)
        inside--
      })
    await Promise.all(Array.from({ length: 12 }, use))
    expect(most).toBeLessThanOrEqual(3)
    expect(made).toBeLessThanOrEqual(3)
    expect(pool.statistics().acquire.count).toBe(12)
  })

  test('a wait for a server ends in time, by abort, and by the end of the pool', async () => {
    const pool = (await bench.template()).pool({ size: 0, maximum: 1 })
    const held = await pool.acquire()
    await expect(pool.acquire({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' })
    const controller = new AbortController()
    const aborted = pool.acquire({ signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    const waiting = pool.acquire()
    const closing = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_CLOSED' })
    await closing
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'POOL_CLOSED' })
    await expect(held.discard()).resolves.toBeUndefined()
    expect(await forks()).toEqual([])
  })

  test('discard returns when the server is gone', async () => {
    await using pool = (await bench.template()).pool({ size: 0 })
    const server = await pool.acquire()
    await server.discard()
    expect((await forks()).map(({ name }) => name)).not.toContain(server.name)
  })

  test('a server that died while it was ready is not handed out', async () => {
    await using pool = (await bench.template()).pool({ size: 1, maximum: 2 })
    await pool.warm()
    const [dead] = await forks()
    const { pid } = await openFork(dead?.name as string, bench.operation)
    process.kill(pid as number, 'SIGKILL')
    await waitUntil(() => !isThere(pid as number), { timeoutMs: 60_000, what: 'end of the server' })
    const server = await pool.acquire()
    expect(server.name).not.toBe(dead?.name)
    expect((await (await server.connect()).query('select from item')).rowCount).toBe(1000)
    expect(pool.statistics().died).toBe(1)
  })

  test('a connection that the server has ended while it waited is not handed out', async () => {
    const settings = { idle_session_timeout: '2s' }
    const template = await createTemplate({ ...bench.options, key: 'idle', settings })
    await using pool = template.pool({ size: 1 })
    await pool.warm()
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const client = await (await pool.acquire()).connect()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('a server that is kept outlives its pool, with what was done in it', async () => {
    const pool = (await bench.template()).pool({ size: 0 })
    const server = await pool.acquire()
    await (await server.connect()).query('delete from item where id > 7')
    const told = await server.keep()
    expect(told).toContain(`psql '${server.connectionString}'`)
    await pool.close()
    const kept = await openFork(server.name, bench.operation)
    const client = new Client(kept.connection)
    await client.connect()
    expect((await client.query('select from item')).rowCount).toBe(7)
    await client.end()
    await kept.destroy()
  })

  test('H58: the servers of a killed process end with it, and a pool elsewhere is untouched', async () => {
    const { directory, stateDirectory, storage } = bench
    const journal = `${storage.path}/journal`
    const program = startTemplateProcess({
      ...{ driver: 'btrfs', directory, stateDirectory, journal, key: 'pool', setupSeconds: 0 },
      poolSize: 3,
    })
    await program.answer
    await using pool = (await bench.template()).pool({ size: 1 })
    await pool.warm()
    expect(await forks()).toHaveLength(4)
    await program.kill()
    await bench.template()
    expect(await forks()).toHaveLength(1)
    expect(pool.statistics().ready).toBe(1)
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
