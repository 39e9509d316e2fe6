import { createServer, type Server } from 'node:net'
import { createFork, createRunner, ServerStartError } from '@pgfork/core'
import { expect, test } from 'vitest'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  const attempt = (options: object) => createFork({ source: bench.source.dataDirectory, ...bench.options, ...options })

  test('a server that does not start: the error quotes its log', async () => {
    const error = await attempt({ settings: { work_mem: 'plenty' } }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ServerStartError)
    expect(error).toMatchObject({
      code: 'SERVER_START_FAILED',
      step: 'start',
      log: expect.stringContaining('work_mem'),
      message: expect.stringMatching(
        /did not start: postgres ended with exit status 1\. Its log ends with:\n.*plenty/s,
      ),
    })
    await expectNothingLeft(bench)
  })

  test('a library that is not there: the error quotes the log', async () => {
    await expect(attempt({ settings: { shared_preload_libraries: 'no_such_library' } })).rejects.toMatchObject({
      code: 'SERVER_START_FAILED',
      log: expect.stringContaining('no_such_library'),
    })
    await expectNothingLeft(bench)
  })

  test('a server that takes too long to start is ended', async () => {
    await expect(attempt({ timeouts: { startMs: 1 } })).rejects.toMatchObject({
      code: 'SERVER_START_FAILED',
      message: expect.stringContaining('was not ready within 1 ms (timeouts.startMs)'),
    })
    await expectNothingLeft(bench)
  })

  test('a prepare that throws: its error is the cause', async () => {
    const cause = new Error('masking failed')
    const prepare = (): never => {
      throw cause
    }
    await expect(attempt({ prepare })).rejects.toMatchObject({ code: 'PREPARE_FAILED', step: 'prepare', cause })
    await expectNothingLeft(bench)
  })

  test('a verify that throws: its error is the cause', async () => {
    const cause = new Error('not what I wanted')
    const verify = async (): Promise<never> => Promise.reject(cause)
    await expect(attempt({ verify })).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', step: 'verify', cause })
    await expectNothingLeft(bench)
  })

  test('a prepare that ends the server it is given', async () => {
    const prepare = async (client: { query(sql: string): Promise<unknown> }): Promise<void> => {
      const runner = createRunner()
      await client.query(`ALTER SYSTEM SET work_mem = '1MB'`)
      const forks = bench.options.runner.commands.filter(({ kind }) => kind === 'start')
      expect(forks.length).toBeGreaterThan(0)
      const { stdout } = await runner.run('pgrep', ['-f', 'postgres -D .*ends-itself'])
      for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGQUIT')
      await client.query('SELECT pg_sleep(5)')
    }
    await expect(attempt({ name: 'ends-itself', prepare })).rejects.toMatchObject({ code: 'PREPARE_FAILED' })
    await expectNothingLeft(bench)
  })

  test('a port stolen between its reservation and the start leads to another port', async () => {
    const thieves: Server[] = []
    try {
      // The command after the reservation is the server's own start: whatever port it was configured for is taken then.
      const runner = createRunner()
      const stealing = {
        run: runner.run,
        start: async (...parameters: Parameters<typeof runner.start>) => {
          const [, args] = parameters
          if (thieves.length === 0) thieves.push(await listenOn(await portOf(args.at(-1) as string)))
          return runner.start(...parameters)
        },
      }
      await using fork = await attempt({ runner: stealing })
      const taken = ((thieves[0] as Server).address() as { port: number }).port
      expect(fork.port).not.toBe(taken)
      expect(fork.connection.port).toBe(fork.port)
    } finally {
      for (const thief of thieves) await new Promise((resolve) => thief.close(resolve))
    }
    await expectNothingLeft(bench)
  })
})

async function portOf(dataDirectory: string): Promise<number> {
  const { stdout } = await createRunner().run('grep', ['^port', `${dataDirectory}/postgresql.conf`])
  return Number(/'(\d+)'/.exec(stdout)?.[1])
}

function listenOn(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

await describeOn('btrfs', {}, (bench) => {
  test('H21: a fork whose commits wait for a standby that there is none of fails its verification', async () => {
    const made = createFork({
      source: bench.source.dataDirectory,
      ...bench.options,
      settings: { synchronous_standby_names: 'ghost' },
      timeouts: { verifyMs: 2_000 },
    })
    await expect(made).rejects.toMatchObject({ step: 'verify', leftBehind: [] })
    await expectNothingLeft(bench)
  })
})
