import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createFork, listForks } from '@pgfork/core'
import { execa } from 'execa'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code: number; readonly data?: { readonly code: string } }
}

await describeCommand('btrfs', (bench) => {
  let server: ChildProcess
  let messages: Message[]
  let closed: Promise<unknown[]>
  let nextId: number

  beforeEach(() => {
    nextId = 0
    messages = []
    server = spawn(process.execPath, [bench.commandPath, '--stdio'], {
      ...{ env: { ...process.env, ...bench.environment }, stdio: ['pipe', 'pipe', 'inherit'] },
    })
    closed = once(server, 'close')
    createInterface({ input: server.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      messages.push(JSON.parse(line)),
    )
  })
  afterEach(async () => {
    server.stdin?.end()
    await closed
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })

  const send = (message: unknown) => server.stdin?.write(`${JSON.stringify(message)}\n`)
  const call = async (method: string, params?: object): Promise<Message> => {
    const id = ++nextId
    send({ jsonrpc: '2.0', id, method, params })
    const isIt = (message: Message) => message.id === id
    await waitUntil(async () => messages.some(isIt), { timeoutMs: 120_000, what: `the answer to ${method}` })
    return messages.find(isIt) as Message
  }
  const query = async (connectionString: unknown, sql: string) => {
    const client = new pg.Client(String(connectionString))
    await client.connect()
    return client.query(sql).finally(() => client.end())
  }

  test('one process makes forks, resets and removes them', async () => {
    const settings = { work_mem: '7MB', autovacuum: false }
    const asked = { settings, prepare: 'CREATE TABLE prepared AS SELECT 1 AS one', progress: true }
    const [one, other] = await Promise.all([
      call('create', asked),
      call('create', { name: 'second', lifetime: 'persistent' }),
    ])
    expect(one.result).toMatchObject({ lifetime: 'process', isRunning: true, warnings: [], steps: expect.any(Array) })
    expect(other.result).toMatchObject({ name: 'second', lifetime: 'persistent' })
    const told = messages.filter(({ method }) => method === 'progress').map(({ params }) => params)
    expect(told).toContainEqual({ id: 1, step: 'snapshot', status: 'finished', milliseconds: expect.any(Number) })
    expect(told.every((params) => params?.id === 1)).toBe(true)

    const name = one.result?.name
    const url = (await call('connectionString', { name })).result
    expect((await query(url, 'SHOW work_mem')).rows).toEqual([{ work_mem: '7MB' }])
    await query(url, 'DROP TABLE prepared')
    expect((await call('reset', { name })).result).toEqual({ name })
    expect((await query(url, 'SELECT one FROM prepared')).rows).toEqual([{ one: 1 }])
    expect((await call('connectionString', { name, tcp: true })).result).toContain('@127.0.0.1:')
    const listed = (await call('list')).result as { forks: { name: string }[]; warnings: string[] }
    expect(listed.forks.map((fork) => fork.name).sort()).toEqual([String(name), 'second'].sort())
    expect(listed.warnings).toEqual([])
    expect((await call('destroy', { name: 'second' })).result).toEqual({ name: 'second' })
    server.stdin?.end()
    expect(await closed).toEqual([0, null])
    expect(await listForks(bench.options)).toEqual([])
  })

  test('at its end a fork stays that has the name of one of its own, which somebody else removed', async () => {
    await call('create', { name: 'mine' })
    expect(await bench.pgfork(['destroy', 'mine', '--yes'])).toMatchObject({ status: 0 })
    await using other = await createFork({
      ...{ source: bench.source.dataDirectory, name: 'mine', lifetime: 'process' as const },
      ...bench.options,
    })
    server.stdin?.end()
    expect(await closed).toEqual([0, null])
    const client = await other.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })

  test.each([
    ['create', { source: '/nowhere' }, -32_000, 'SOURCE_NOT_FOUND'],
    ['create', { prepair: 'SELECT 1' }, -32_602, 'INVALID_OPTION'],
    ['create', { name: 'No' }, -32_602, 'INVALID_NAME'],
    ['create', { source: '/srv', fork: 'one' }, -32_602, 'INVALID_OPTION'],
    ['create', { prepare: 'SELECT nope' }, -32_000, 'PREPARE_FAILED'],
    ['connectionString', { name: 'nope' }, -32_000, 'FORK_NOT_FOUND'],
    ['reset', {}, -32_602, 'INVALID_OPTION'],
    ['destroy', { name: 'nope' }, -32_000, 'FORK_NOT_FOUND'],
    ['list', { all: true }, -32_602, 'INVALID_OPTION'],
    ['drop', {}, -32_601, undefined],
  ])('%s of %o fails with %i, %s', async (method, params, code, own) => {
    const { error } = await call(method, params)
    expect([error?.code, error?.data?.code]).toEqual([code, own])
  })

  test('what is no request is told so, and the next one is answered', async () => {
    server.stdin?.write('nonsense\n\n')
    expect((await call('list')).result).toMatchObject({ forks: [] })
    expect(messages[0]).toMatchObject({ id: null, error: { code: -32_700 } })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('by %s its forks go, and what is under way is undone', async (signal) => {
    await call('create')
    send({ jsonrpc: '2.0', id: 'under way', method: 'create', params: { progress: true } })
    await waitUntil(async () => messages.some(({ method }) => method === 'progress'), {
      ...{ timeoutMs: 60_000, what: 'the second fork' },
    })
    server.kill(signal)
    expect(await closed).toEqual([signal === 'SIGINT' ? 130 : 143, null])
    expect(messages.find(({ id }) => id === 'under way')).toMatchObject({ error: { data: { code: 'ABORTED' } } })
  })

  test('the client in Python works', async () => {
    const example = resolve(import.meta.dirname, '../../../examples/stdio.py')
    const { stdout } = await execa('python3', [example, process.execPath, bench.commandPath, '--stdio'], {
      env: bench.environment,
    })
    expect(stdout).toMatch(/^postgresql:\/\/postgres@localhost:\d+\/postgres\?host=\S+\n1 fork$/)
  })
})
