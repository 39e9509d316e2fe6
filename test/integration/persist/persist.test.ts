import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, openFork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { beforeAll, expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { lastingFacts } from '../../support/fork/lasting-facts.ts'
import { type ForkFacts, startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { readProcess } from '../../support/system/processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const rowsOf = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM life ORDER BY id')).map(({ id }) => id)

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE life (id int PRIMARY KEY); INSERT INTO life VALUES (1)')
  })

  for (const how of byExtent(['SIGKILL'] as const, ['SIGKILL', 'SIGTERM', 'cleanly'] as const)) {
    test(`a fork with lifetime "process" goes down with its maker: ${how}`, async () => {
      await using maker = await startForkProcess(bench.stateDirectory)
      const made = await maker.create({ source: bench.source.dataDirectory, name: 'bound' })
      expect(await rowsOf(made)).toEqual([1])
      await maker.end(how)
      await untilGone(made)
      // Its files are there until somebody destroys it or takes it over.
      await using fork = await openFork('bound', bench.options)
      expect(fork.pid).toBeUndefined()
      await fork.start()
      expect(await rowsOf(fork)).toEqual([1])
    })

    test(`a fork with lifetime "persistent" outlives its maker: ${how}`, async () => {
      await using maker = await startForkProcess(bench.stateDirectory)
      const made = await maker.create({ source: bench.source.dataDirectory, name: 'free', lifetime: 'persistent' })
      const session = await query(made, 'INSERT INTO life VALUES (2) RETURNING pg_backend_pid() AS pid')
      expect(session).toHaveLength(1)
      await maker.end(how)
      await using fork = await openFork('free', bench.options)
      expect(fork.pid).toBe(made.pid)
      expect(await rowsOf(fork)).toEqual([1, 2])
      // Started by another process, it outlives that one, too.
      await using starter = await startForkProcess(bench.stateDirectory)
      await starter.perform('stop', 'free')
      await starter.perform('start', 'free')
      await starter.end(how)
      expect(await rowsOf(fork)).toEqual([1, 2])
    })
  }

  test('a fork that flushes nothing warns when it is started after another boot of the machine', async () => {
    await using _fork = await bench.fork({ name: 'unflushed', durability: 'throwaway', lifetime: 'persistent' })
    const warnings: string[] = []
    const fork = await openFork('unflushed', { ...bench.options, onWarning: (warning) => warnings.push(warning) })
    await fork.stop()
    await fork.start()
    expect(warnings).toEqual([])
    await fork.stop()
    await rewrite(join(bench.stateDirectory, 'forks', 'unflushed.json'), (record) => {
      record.server.process.boot = '0123456789abcdef0123456789abcdef'
    })
    await fork.start()
    expect(warnings).toEqual([expect.stringContaining('never flushed anything')])
  })

  test('H140: so does a reset to a snapshot that was not flushed either, and a fork of such a fork', async () => {
    const unflushed = { driver: copy(), durability: 'throwaway', lifetime: 'persistent' } as const
    await using _fork = await bench.fork({ ...unflushed, name: 'cut', resettable: true })
    const warnings: string[] = []
    const watched = { ...bench.options, driver: copy(), onWarning: (warning: string) => warnings.push(warning) }
    const fork = await openFork('cut', watched)
    await fork.reset()
    expect(warnings).toEqual([])
    const elsewhere = '0123456789abcdef0123456789abcdef'
    await rewrite(join(bench.stateDirectory, 'snapshots', 'cut.json'), (record) => {
      record.maker.boot = elsewhere
    })
    await fork.stop()
    await rewrite(join(bench.stateDirectory, 'forks', 'cut.json'), (record) => {
      record.server.process.boot = elsewhere
    })
    const source = [expect.stringContaining('The fork cut, which is the source, never flushed anything')]
    await using _stopped = await createFork({ ...watched, source: fork })
    expect(warnings.splice(0)).toEqual(source)
    // Who starts it is told, and so is who forks it afterwards.
    await fork.start()
    expect(warnings.splice(0)).toEqual([expect.stringContaining('The fork cut never flushed anything')])
    await using _running = await createFork({ ...watched, source: fork })
    expect(warnings.splice(0)).toEqual(source)
    await fork.reset()
    expect(warnings.splice(0)).toEqual([expect.stringContaining('reset to a snapshot that was never flushed')])
    expect(await rowsOf(fork)).toEqual([1])
  })

  test.each([
    ['empty', ''],
    ['that of its source', "port = 5432\nunix_socket_directories = '/tmp'\n"],
  ])(
    'H140: a fork whose postgresql.conf is %s after a power cut is not started where everybody reaches it',
    async (_, text) => {
      await using fork = await bench.fork({ lifetime: 'persistent' })
      const file = join(fork.dataDirectory, 'postgresql.conf')
      const whole = await readFile(file, 'utf8')
      await fork.stop()
      await writeFile(file, text)
      await expect(fork.start()).rejects.toMatchObject({
        code: 'SETTING_REFUSED',
        message: expect.stringContaining(`port = '${fork.port}', unix_socket_directories = '${fork.socketDirectory}'`),
      })
      expect(fork.pid).toBeUndefined()
      // Its owner may have put the same elsewhere, and all else as he likes.
      await rename(file, `${file}.kept`)
      await expect(fork.start()).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H140' })
      await writeFile(file, `work_mem = 5MB\n${text}include 'postgresql.conf.kept'\n`)
      await writeFile(`${file}.kept`, `${whole}cluster_name = other # his\n`)
      await fork.start()
      expect(await query(fork, 'SHOW cluster_name')).toEqual([{ cluster_name: 'other' }])
    },
  )

  test('a fork that was to go down with its maker outlives it after persist()', async () => {
    await using maker = await startForkProcess(bench.stateDirectory)
    const made = await maker.create({ source: bench.source.dataDirectory, name: 'kept' })
    await query(made, 'INSERT INTO life VALUES (2)')
    const persisted = await maker.perform('persist', 'kept')
    expect(lastingFacts(persisted)).toEqual(lastingFacts(made))
    // To be repeated at will: the server goes on.
    expect((await maker.perform('persist', 'kept')).pid).toBe(persisted.pid)
    await maker.end('SIGKILL')
    await using fork = await openFork('kept', bench.options)
    expect(fork.pid).toBe(persisted.pid)
    expect(await rowsOf(fork)).toEqual([1, 2])
  })
})

/** What a record says after the machine was started anew, for example. */
async function rewrite(
  file: string,
  change: (record: {
    readonly maker: { boot: string }
    readonly server: { readonly process: { boot: string } }
  }) => void,
): Promise<void> {
  const record = JSON.parse(await readFile(file, 'utf8'))
  change(record)
  await writeFile(file, JSON.stringify(record))
}

async function untilGone({ pid, dataDirectory }: ForkFacts): Promise<void> {
  await waitUntil(async () => (await readProcess(pid as number)) === undefined, {
    timeoutMs: 60_000,
    what: `end of the server ${pid} of ${dataDirectory}`,
  })
}
