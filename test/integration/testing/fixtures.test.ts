import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { listForks, openFork } from '@pgfork/core'
import { createDatabases } from '@pgfork/testing'
import { execa } from 'execa'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCli } from '../../../packages/testing/src/cli/run-cli.ts'
import { byExtent } from '../../support/extent.ts'
import { describeTemplatesOn, type TemplateWorkbench } from '../../support/workbench/template-workbench.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const runners = fileURLToPath(new URL('./runners/', import.meta.url))

await describeTemplatesOn('btrfs', (bench) => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(bench.storage.path, 'results-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function runVitest(...specs: string[]) {
    const result = join(folder, `${specs[0]}.json`)
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const files = specs.map((spec) => join(runners, 'vitest', `${spec}.spec.ts`))
    const config = join(runners, 'vitest', 'vitest.config.ts')
    const { all, exitCode } = await run(bench, [vitest, 'run', '--config', config, ...files], {
      RUNNERS_RESULT: result,
    })
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(result, 'utf8').catch(() => '{}'))
    return { output: all, exitCode, passed: numPassedTests, failed: numFailedTests }
  }
  const runNodeTest = (spec: string) =>
    run(bench, ['--import', 'tsx', '--test', '--test-reporter=tap', join(runners, 'node-test', `${spec}.spec.ts`)])

  async function expectKept(output: string, items: number) {
    const [, connectionString] = /psql '([^']+)'/.exec(output) ?? []
    const [, name] = /pgfork-testing remove (\S+)/.exec(output) ?? []
    const client = new Client(connectionString)
    await client.connect()
    expect((await client.query('select from item')).rowCount).toBe(items)
    await client.end()
    expect(await cli(['list'])).toContain(name)
    await cli(['remove', name as string])
    expect(await cli(['list'])).toBe('No server is kept.')
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
  }
  async function cli(args: string[]) {
    const lines: string[] = []
    await runCli([...args, '--state-directory', bench.stateDirectory], (line) => lines.push(line))
    return lines.join('\n')
  }

  test('Vitest: a server for every test, for a file, for a worker with a reset before each', async () => {
    const result = await runVitest('own-server', 'one-server-a-file', 'reset')
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 8, failed: 0 })
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
  })

  test('Vitest: a failed test keeps its server, up to a limit; how to connect to and remove it is printed', async () => {
    const { output, failed } = await runVitest('failing')
    expect(failed, output).toBe(2)
    expect(output).toContain('"fails last" failed.')
    await expectKept(output.slice(output.indexOf('"fails last" failed.')), 4)
  })

  test('node:test: a failed test keeps its server', async () => {
    const { all, exitCode } = await runNodeTest('failing')
    expect(exitCode, all).toBe(1)
    await expectKept(all, 5)
  })

  test('H131: Vitest: with a reset before each test, none finds what a failed one left, which is kept', async () => {
    const { output, passed, failed } = await runVitest('reset-after-failure')
    expect([passed, failed], output).toEqual([2, 1])
    expect(output).toContain('"fails" failed.')
    await expectKept(output, 4)
  })

  test('H132: node:test: tests that stop the clock have servers, and one that fails keeps its own', async () => {
    const { all, exitCode } = await runNodeTest('stopped-clock')
    expect(exitCode, all).toBe(1)
    expect(all).toMatch(/# pass 3.*# fail 1/s)
    await expectKept(all, 6)
  })

  test('any runner: a wrapped function gets a database, and what the runner hands to it', async () => {
    await using databases = createDatabases({ ...bench.options, key: 'any', keepFailed: 0 })
    const wrapped = databases.with(async ({ db }, one: number, two: number) => {
      const { rows } = await db.query('select $1::int + $2::int as sum', [one, two])
      return rows[0].sum
    })
    expect(await Promise.all([wrapped(1, 2), wrapped(3, 4)])).toEqual([3, 7])
    const failing = databases.with(() => Promise.reject(new Error('mine')))
    await expect(failing()).rejects.toThrow('mine')
    const opened = await databases.open()
    expect((await opened.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await opened.close()
    expect(bench.warnings).toEqual([])
  })

  test('any runner: a client of the pool that was not given back is told', async () => {
    await using databases = createDatabases({ ...bench.options, key: 'any' })
    await databases.with(async ({ pool }) => {
      await pool.connect()
    }, 'keeps a client')()
    expect(bench.warnings).toEqual(['"keeps a client" did not release 1 client(s) of its pool.'])
  })

  test.each([
    [['-h'], 0],
    [['remove', '--help'], 0],
    [[], 2],
    [['nonsense'], 2],
    [['list', '--nonsense'], 2],
  ])('the command line %j says how it is used', async (args, status) => {
    const lines: string[] = []
    expect(await runCli(args, (line) => lines.push(line))).toBe(status)
    expect(lines.join('\n')).toContain('pgfork-testing list')
  })

  test('the command line says so when there is nothing to remove', async () => {
    const lines: string[] = []
    const args = ['remove', 'nope', '--state-directory', bench.stateDirectory]
    expect(await runCli(args, (line) => lines.push(line))).toBe(1)
    expect(lines).toEqual(['No server named nope was kept.'])
  })

  test('the command line removes no fork that is not a kept server, nor one that got the name of one', async () => {
    await using server = await (await bench.template()).fork()
    const { name } = server
    await (await openFork(name, bench.operation)).persist()
    expect(await cli(['remove', name])).toBe(`No server named ${name} was kept.`)
    const note = join(bench.stateDirectory, 'kept', `${name}.json`)
    const keptAt = new Date(Date.now() - 3_600_000).toISOString()
    await writeFile(note, JSON.stringify({ version: 1, name, keptAt, connectionString: '' }))
    expect(await cli(['remove', name])).toBe(`No server named ${name} was kept.`)
    expect(await cli(['list'])).toBe('No server is kept.')
    const client = await server.connect()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('a server that was kept and is gone, or whose process was killed before it was kept, is not told of', async () => {
    const server = await (await bench.template()).fork()
    const note = { version: 1, name: server.name, keptAt: new Date().toISOString(), connectionString: '' }
    await mkdir(join(bench.stateDirectory, 'kept'), { recursive: true, mode: 0o700 })
    await writeFile(join(bench.stateDirectory, 'kept', `${server.name}.json`), JSON.stringify(note))
    expect(await cli(['list'])).toBe('No server is kept.')
    await server.destroy()
    const kept = await (await bench.template()).fork()
    await kept.keep()
    expect(await cli(['list'])).toContain(kept.name)
    await (await openFork(kept.name, bench.operation)).destroy()
    expect(await cli(['list'])).toBe('No server is kept.')
    expect(await readdir(join(bench.stateDirectory, 'kept'))).toEqual([])
  })

  test('H132: what a test kept while another time was set counts, and is removed', async () => {
    await using databases = createDatabases({ ...bench.options, key: 'any', keepFailed: 1 })
    const fail = (time: string) =>
      databases.with(() => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(time) })
        throw new Error(time)
      }, time)()
    try {
      for (const time of ['2040-01-01', '2001-01-01']) await expect(fail(time)).rejects.toThrow(time)
    } finally {
      vi.useRealTimers()
    }
    expect(await cli(['list'])).toMatch(/^template-\S+ {2}\S+ {2}"2001-01-01"\n.*$/)
    expect(await cli(['remove', '--all'])).toMatch(/^Removed \S+$/)
    await databases.close()
    expect(await listForks(bench.operation)).toEqual([])
  })

  test('the command line removes a server that a program kept', async () => {
    const server = await (await bench.template()).fork()
    await server.keep()
    expect(await cli(['list'])).toContain(server.name)
    expect(await cli(['remove', server.name])).toBe(`Removed ${server.name}.`)
    expect(await listForks(bench.operation)).toEqual([])
  })

  if (!byExtent(false, true)) return

  test('Vitest: a template that takes longer than a test may is made before the tests', async () => {
    const result = await runVitest('first-template')
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1, failed: 0 })
  })

  test('Vitest: a connection that a test leaves open is named, and its server removed', async () => {
    const { output, exitCode } = await runVitest('leak')
    expect(exitCode, output).toBe(0)
    expect(output).toContain('"leaves a connection open" left 1 connection(s) open')
    expect(output).toContain('forgetful (idle, last query: select 42 as answer)')
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
  })

  test('node:test: a server for every test', async () => {
    const { all, exitCode } = await runNodeTest('passing')
    expect(exitCode, all).toBe(0)
    expect(all).toMatch(/# pass 2.*# skipped 1/s)
    expect(await listForks({ stateDirectory: bench.stateDirectory })).toEqual([])
  })
})

async function run(bench: TemplateWorkbench, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const { VITEST: _vitest, NODE_OPTIONS: _options, CI: _ci, ...inherited } = process.env
  return execa(process.execPath, args, {
    cwd: root,
    all: true,
    reject: false,
    extendEnv: false,
    env: {
      ...inherited,
      NO_COLOR: '1',
      RUNNERS_DIRECTORY: bench.directory,
      RUNNERS_STATE_DIRECTORY: bench.stateDirectory,
      ...environment,
    },
  })
}
