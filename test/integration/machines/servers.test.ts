import { access, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, type Fork, listForks, openFork } from '@pgfork/core'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Elsewhere, type Place, startElsewhere, whyNotElsewhere } from '../../support/elsewhere/index.ts'
import { stopProcess } from '../../support/frozen/stop-process.ts'
import { readProcess } from '../../support/system/processes.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { destroyForks } from '../../support/workbench/make-state.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const container: Place = { container: true }

async function crash({ pid = 0, dataDirectory }: Fork): Promise<string> {
  process.kill(pid, 'SIGKILL')
  await waitUntil(async () => (await readProcess(pid)) === undefined, { timeoutMs: 30_000, what: `end of ${pid}` })
  return join(dataDirectory, 'postmaster.pid')
}

/** A container whose first process is killed ends process by process. */
async function killWithServer(maker: Elsewhere, { pid = 0 }: Fork): Promise<void> {
  expect(pid).toBeGreaterThan(1)
  await maker.kill()
  await waitUntil(async () => (await readProcess(pid)) === undefined, { timeoutMs: 30_000, what: `end of ${pid}` })
}

async function answers(fork: Fork): Promise<boolean> {
  const client = new pg.Client(fork.connection)
  await client.connect()
  const { rows } = await client.query('select 1 as one')
  await client.end()
  return rows[0].one === 1
}

const obstacle = await whyNotElsewhere()
describe.skipIf(obstacle !== undefined)(
  `servers that can't be seen${obstacle ? `, skipped: ${obstacle}` : ''}`,
  async () => {
    await describeOn('btrfs', {}, (bench) => {
      const theirs = () => ({ stateDirectory: bench.stateDirectory, name: 'theirs' })
      afterEach(() => destroyForks(bench.options))
      afterAll(() => forgetCollections(bench))

      test.each<[string, Place]>([
        ['with all capabilities', {}],
        ['without CAP_SYS_PTRACE', { without: ['sys_ptrace'] }],
        ['that can look at no other user', { without: ['sys_ptrace', 'setuid', 'setgid'] }],
      ])('H70: root %s takes an unrelated server with the pid of an ended one for nobody', async (_, place) => {
        await using fork = await bench.fork({ name: 'theirs', lifetime: 'persistent' })
        const lockFile = await crash(fork)
        // Its pid was given to another server, at about the same time.
        const bait = await readFile(join(bench.source.dataDirectory, 'postmaster.pid'), 'utf8')
        const [pid, , startedAt] = bait.split('\n')
        const lines = (await readFile(lockFile, 'utf8')).split('\n')
        await writeFile(lockFile, [pid, lines[1], startedAt, ...lines.slice(3, 6), '', 'ready', ''].join('\n'))
        // Whose memory the one that was killed has left.
        await runner.run('ipcrm', ['--shmem-id', lines[6]?.trim().split(/\s+/)[1] as string])
        const before = bench.source.pid
        await using elsewhere = await startElsewhere(place)
        expect((await elsewhere.ask('openFork', theirs())).pid).toBeUndefined()
        const stopped = elsewhere.ask('act', { name: 'theirs', verb: 'stop' })
        // Nothing at all can be done for the owner by who can't become him.
        if (place.without?.includes('setuid')) await stopped.catch(() => {})
        else {
          await stopped
          const started = await elsewhere.ask('act', { name: 'theirs', verb: 'start' })
          expect(started.pid).not.toBe(before)
          expect(await answers(fork)).toBe(true)
          await elsewhere.ask('act', { name: 'theirs', verb: 'destroy' })
        }
        expect(await bench.source.query('select 1 as one')).toEqual([{ one: 1 }])
        expect(bench.source.pid).toBe(before)
      })

      test('H70: shared memory of a server that root may not look at stays, whatever a note says', async () => {
        await using fork = await bench.fork({ name: 'theirs', lifetime: 'persistent' })
        const maps = await readFile(`/proc/${bench.source.pid}/maps`, 'utf8')
        const segments = [...new Set(maps.match(/PostgreSQL\.\d+/g))]
        expect(segments.length).toBeGreaterThan(0)
        const exist = () => Promise.all(segments.map((name) => access(join('/dev/shm', name))))
        // Either of the last two is enough to read maps, since Linux 6.14.
        await using elsewhere = await startElsewhere({ without: ['sys_ptrace', 'perfmon', 'sys_admin'] })
        await elsewhere.ask('openFork', theirs())
        for (const verb of ['stop', 'start'] as const) {
          if (verb === 'start')
            await writeFile(join(fork.dataDirectory, 'pgfork', 'shared-memory'), segments.join('\n'))
          await elsewhere.ask('act', { name: 'theirs', verb })
          await exist()
        }
      })

      const refuses = async (elsewhere: Elsewhere): Promise<void> => {
        const opened = await elsewhere.ask('openFork', theirs())
        expect(opened.pid).toBeUndefined()
        expect(await elsewhere.ask('listForks', { stateDirectory: bench.stateDirectory })).toMatchObject([
          { name: 'theirs', status: 'ready' },
        ])
        for (const verb of ['start', 'stop'] as const)
          await expect(elsewhere.ask('act', { name: 'theirs', verb })).rejects.toMatchObject({
            code: 'SERVER_HIDDEN',
            message: expect.stringContaining(`remove ${opened.dataDirectory}/postmaster.pid`),
          })
      }

      test('H71: where a server runs in another container, none is started beside it, and nothing is removed', async () => {
        await using maker = await startElsewhere(container)
        await using other = await startElsewhere(container)
        const given = { stateDirectory: bench.stateDirectory, source: bench.source.dataDirectory, name: 'theirs' }
        await maker.ask('createFork', { ...given, lifetime: 'persistent', timeToLiveMs: 1 })
        await refuses(other)
        const [found] = await other.ask('collectGarbage', { stateDirectory: bench.stateDirectory })
        expect(found).toMatchObject({ name: 'theirs', isRemoved: false })
        await expect(other.ask('act', { name: 'theirs', verb: 'destroy' })).rejects.toMatchObject({
          code: 'SERVER_HIDDEN',
        })
        // Nothing of it was touched: its server answers.
        const record = JSON.parse(await readFile(join(bench.stateDirectory, 'forks', 'theirs.json'), 'utf8'))
        const client = new pg.Client({
          host: record.server.socketDirectory,
          port: record.server.port,
          user: 'postgres',
        })
        await client.connect()
        await client.end()
        await killWithServer(maker, await openFork('theirs', bench.options))
        await other.ask('act', { name: 'theirs', verb: 'destroy' })
        await expectNothingLeft(bench)
      })

      test('H71: the server of a container that has ended is known to have ended, and is started again', async () => {
        await using maker = await startElsewhere(container)
        await using other = await startElsewhere(container)
        const given = { stateDirectory: bench.stateDirectory, source: bench.source.dataDirectory, name: 'theirs' }
        await maker.ask('createFork', { ...given, lifetime: 'persistent' })
        await refuses(other)
        // All processes can be seen from outside of the containers, and so it can be stopped from here.
        const fork = await openFork('theirs', bench.options)
        expect((await listForks(bench.options))[0]?.isRunning).toBe(true)
        expect(fork.pid).toBeGreaterThan(1)
        await killWithServer(maker, fork)
        const started = await other.ask('act', { name: 'theirs', verb: 'start' })
        expect(started.pid).toBeGreaterThan(1)
        expect(await answers(fork)).toBe(true)
        await fork.stop()
        await fork.destroy()
        await expectNothingLeft(bench)
      })

      test('H71: what ran in a container that is gone is removed by explicit wish, where its end leaves no proof', async () => {
        await using maker = await startElsewhere(container)
        await using other = await startElsewhere(container)
        const { stateDirectory } = bench
        await maker.ask('createFork', { stateDirectory, source: bench.source.dataDirectory, name: 'theirs' })
        await maker.kill()
        const { server } = JSON.parse(await readFile(join(stateDirectory, 'forks', 'theirs.json'), 'utf8'))
        // The server may have removed it, as it dies.
        await rm(join(server.socketDirectory, `.s.PGSQL.${server.port}`), { force: true })
        expect(await other.ask('collectGarbage', { stateDirectory })).toEqual([])
        const name = /goneMachines: \['([^']+)'\]/.exec(other.warnings[0] ?? '')?.[1] as string
        expect(await other.ask('collectGarbage', { stateDirectory, goneMachines: [name] })).toMatchObject([
          { name: 'theirs', isRemoved: true },
        ])
        await expectNothingLeft(bench)
      })

      test('H70: a server whose first process was killed is stopped and removed with all its processes', async () => {
        const fork = await bench.fork({ name: 'theirs', timeouts: { stopMs: 2_000 } })
        const client = new pg.Client(fork.connection)
        client.on('error', () => {})
        await client.connect()
        const { rows } = await client.query('select pg_backend_pid() as pid')
        // One that doesn't come to noticing.
        await using _ = await stopProcess(rows[0].pid)
        await crash(fork)
        expect(await readProcess(rows[0].pid)).toBeDefined()
        await fork.destroy()
        expect(await readProcess(rows[0].pid)).toBeUndefined()
        await client.end().catch(() => {})
        await expectNothingLeft(bench)
        expect(await collectGarbage(bench.options)).toEqual([])
      })
    })
  },
)
