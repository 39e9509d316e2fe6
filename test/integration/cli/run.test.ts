import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import { listProcesses } from '../../support/system/processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  afterEach(async () => {
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })

  const run = (...words: string[]) => bench.pgfork(['run', '--quiet', '--', ...words])

  test('a command gets a fork of its own, and nothing that leads it elsewhere', async () => {
    const words = ['run', '--quiet', '--name', 'of-run', '--', process.execPath, '-p', 'JSON.stringify(process.env)']
    const misleading = { PGHOSTADDR: '203.0.113.7', PGSERVICE: 'production', PGPASSWORD: 'word', PGSSLMODE: 'require' }
    const { status, stdout, stderr } = await bench.pgfork(words, { environment: misleading })
    expect(status, stderr).toBe(0)
    const seen = JSON.parse(stdout)
    expect(seen).toMatchObject({ PGUSER: 'postgres', PGDATABASE: 'postgres', PGHOST: expect.stringMatching(/^\//) })
    expect(seen.DATABASE_URL).toContain(`localhost:${seen.PGPORT}/postgres?host=${encodeURIComponent(seen.PGHOST)}`)
    for (const name of [...Object.keys(misleading), 'PGFORK_SOURCE']) expect(seen[name]).toBeUndefined()
  })

  test('what it writes stays in the fork, and its status is passed on', async () => {
    await bench.source.query('CREATE TABLE kept AS SELECT 1 AS one')
    const program = `
      import pg from '${import.meta.resolve('pg')}'
      const client = new pg.Client(process.env.DATABASE_URL)
      await client.connect()
      await client.query('DROP TABLE kept')
      await client.end()
      process.exit(7)`
    expect(await run(process.execPath, '--input-type=module', '--eval', program)).toMatchObject({ status: 7 })
    expect(await bench.source.query('SELECT * FROM kept')).toEqual([{ one: 1 }])
  })

  test.each([
    [['/nowhere/at-all'], 127],
    [['/etc/passwd'], 126],
    [['sh', '-c', 'kill -KILL $$'], 137],
  ])('%o: %i, as a shell tells it', async (words, status) => {
    expect(await run(...words)).toMatchObject({ status })
  })

  test('where no fork can be made: 125, and the command is not run', async () => {
    const outcome = await bench.pgfork(['run', '--source', '/nowhere', '--json', '--', 'echo', 'ran'])
    expect(outcome).toMatchObject({ status: 125, stdout: '' })
    expect(JSON.parse(outcome.stderr)).toMatchObject({ error: { code: 'SOURCE_NOT_FOUND' } })
  })

  test('options after the command are the command’s, also without --', async () => {
    const { status, stdout } = await bench.pgfork(['run', '--quiet', 'echo', '--json', '--name'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '--json --name' })
  })

  const start = (words: readonly string[], detached = false) => {
    const environment = { ...process.env, ...bench.environment }
    const child = spawn(process.execPath, [bench.commandPath, 'run', ...words], { env: environment, detached })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    const closed = once(child, 'close')
    const says = (text: string) =>
      waitUntil(async () => output.includes(text), { timeoutMs: 120_000, what: `${text} in ${output}` })
    return { child, closed, says, pid: child.pid as number }
  }

  const tells = (signal: string) =>
    `process.on('${signal}', () => { console.log('got it'); process.exit(3) }); setInterval(() => {}, 1000); console.log('waits')`

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('%s is passed on', async (signal) => {
    const { child, closed, says } = start(['--', process.execPath, '--eval', tells(signal)])
    await says('waits')
    child.kill(signal)
    await says('got it')
    expect(await closed).toEqual([3, null])
  })

  test('a signal to the whole group, as a terminal sends it, does not take the fork from under the command', async () => {
    const program = `process.on('SIGINT', async () => {
      const { default: pg } = await import('${import.meta.resolve('pg')}')
      const client = new pg.Client(process.env.DATABASE_URL)
      await client.connect()
      console.log((await client.query('SELECT 40 + 2 AS answer')).rows[0].answer)
      process.exit(0)
    }); setInterval(() => {}, 1000); console.log('waits')`
    const { closed, says, pid } = start(['--', process.execPath, '--input-type=module', '--eval', program], true)
    await says('waits')
    process.kill(-pid, 'SIGINT')
    await says('42')
    expect(await closed).toEqual([0, null])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s while the fork is made undoes it: %i', async (signal, status) => {
    const { child, closed, says } = start(['--', 'echo', 'ran'])
    await says('inspect')
    child.kill(signal)
    expect(await closed).toEqual([status, null])
  })

  test('when it is killed itself, the server ends with it and gc removes the rest', async () => {
    const { child, closed, says } = start(['--name', 'killed', '--', process.execPath, '--eval', tells('SIGTERM')])
    await says('waits')
    const [fork] = await listForks(bench.options)
    const children = (await listProcesses()).filter(({ parentPid }) => parentPid === child.pid)
    child.kill('SIGKILL')
    await waitUntil(async () => (await listForks(bench.options))[0]?.isRunning === false, {
      timeoutMs: 60_000,
      what: 'end of the server',
    })
    // The command itself is nobody's any more: it is told so by nobody, as under any runner that is killed.
    for (const { pid, command } of children) if (command.includes('waits')) process.kill(pid, 'SIGKILL')
    await closed
    expect((await bench.pgfork(['gc', '--dry-run', '--json'])).json()).toMatchObject({
      garbage: expect.arrayContaining([expect.objectContaining({ kind: 'fork', name: fork?.name, isRemoved: false })]),
    })
    expect(await bench.pgfork(['gc', '--json'])).toMatchObject({ status: 0 })
  })
})
