import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type CommandRunner, type CreateForkOptions, collectGarbage, listForks, removeHistory } from '@pgfork/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { recordInTurn } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent(['18'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

/** Less than the WAL to replay, as 128 MB are to a large source. */
const small = { settings: { shared_buffers: '1MB' } }

for (const version of versions)
  await describeOn('btrfs', { version, settings: { autovacuum: 'off', max_prepared_transactions: 2 } }, (bench) => {
    const history = () => ({ source: bench.source.dataDirectory, ...bench.options })
    let at: string

    beforeAll(async () => {
      const { source } = bench
      await source.query('CREATE TABLE events (id int, filler text); CREATE UNLOGGED TABLE passing (id int)')
      await recordInTurn(history())
      for (let round = 1; round <= 3; round++) {
        await source.query(`INSERT INTO events SELECT ${round}, repeat('x', 500) FROM generate_series(1, 4000)`)
        await source.query('SELECT pg_switch_wal()')
      }
      await source.query("BEGIN; INSERT INTO events VALUES (4); PREPARE TRANSACTION 'open'")
      const [row] = await source.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at')
      at = row?.at ?? ''
      await source.query('DELETE FROM events')
    })

    afterAll(async () => {
      await bench.source.query("ROLLBACK PREPARED 'open'")
      await removeHistory(history())
    })

    const request = (options: Partial<CreateForkOptions> = {}) => ({ at, ...small, ...options })
    const counted = [1, 2, 3].map((id) => ({ id, rows: '4000' }))
    const countSql = 'SELECT id, count(*) AS rows FROM events GROUP BY id ORDER BY id'

    /** Of a fork that is being made. */
    const dataDirectoryOf = (name: string): string =>
      JSON.parse(readFileSync(join(bench.stateDirectory, 'forks', `${name}.json`), 'utf8')).server.dataDirectory

    test(`H79, PostgreSQL ${version}: much WAL is replayed with large buffers by a server that nobody gets into; the fork has its own`, async () => {
      let files: { readonly rules: string; readonly settings: string } | undefined
      await using fork = await bench.fork(
        request({
          name: 'much',
          onProgress({ step, status }) {
            if (step !== 'replay' || status !== 'finished') return
            const read = (name: string) => readFileSync(join(dataDirectoryOf('much'), name), 'utf8')
            files = { rules: read('pg_hba.conf'), settings: read('postgresql.conf') }
          },
        }),
      )
      expect(fork.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['timeline', 'replay', 'start']))
      expect(files?.rules).toBe('local all all reject\n')
      expect(files?.settings).toMatch(/^listen_addresses = ''$/m)
      expect(files?.settings).toMatch(/^shared_buffers = '\d{2,}MB'$/m)
      const log = readFileSync(join(fork.dataDirectory, 'pgfork', 'server.log'), 'utf8')
      expect(log.match(/selected new timeline ID/g)).toHaveLength(1)
      expect(log.match(/redo starts at/g)).toHaveLength(1)
      expect(await query(fork, countSql)).toEqual(counted)
      expect(await query(fork, 'SHOW shared_buffers')).toEqual([{ shared_buffers: '1MB' }])
      expect(await query(fork, 'SELECT gid FROM pg_prepared_xacts')).toEqual([{ gid: 'open' }])
      expect(await query(fork, 'SELECT count(*)::int AS rows FROM passing')).toEqual([{ rows: 0 }])
      expect(fork.timeline).toBeGreaterThan(1)
      await query(fork, 'DELETE FROM events')
      await fork.reset()
      expect(await query(fork, countSql)).toEqual(counted)
      expect(await query(fork, 'SHOW shared_buffers')).toEqual([{ shared_buffers: '1MB' }])
    })

    test(`H29, PostgreSQL ${version}: prepare runs after it, before anybody else gets in`, async () => {
      await using fork = await bench.fork(
        request({ prepare: async (client) => void (await client.query('DELETE FROM events WHERE id = 1')) }),
      )
      expect(fork.steps.map(({ name }) => name)).toContain('replay')
      expect(await query(fork, countSql)).toEqual(counted.slice(1))
    })

    test(`H79, PostgreSQL ${version}: buffers that are large enough are enough`, async () => {
      await using fork = await bench.fork({ at })
      expect(fork.steps.map(({ name }) => name)).not.toContain('replay')
      expect(await query(fork, countSql)).toEqual(counted)
    })

    test(`H28, PostgreSQL ${version}: where there is no memory for large buffers, the fork's own server recovers`, async () => {
      const { runner } = bench.options
      // 75 MB besides the buffers is what a server takes.
      const start: CommandRunner['start'] = (file, args, options) =>
        runner.start('prlimit', [`--as=${180 * 1024 * 1024}`, file, ...args], options)
      const tight: CommandRunner = { run: (file, args, options) => runner.run(file, args, options), start }
      await using fork = await bench.fork(request({ runner: tight }))
      expect(fork.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['replay', 'start']))
      expect(readFileSync(join(fork.dataDirectory, 'pgfork', 'server.log'), 'utf8')).toMatch(
        /could not (map anonymous|create) shared memory/,
      )
      expect(await query(fork, countSql)).toEqual(counted)
      expect(fork.timeline).toBeGreaterThan(1)
    })

    test(`H28, PostgreSQL ${version}: a server with large buffers that the system kills for its memory is given up, and the fork's own server recovers`, async () => {
      const { runner } = bench.options
      const killed: number[] = []
      const warnings: string[] = []
      // As the kernel does; which process that is depends on what it has touched by then.
      const start: CommandRunner['start'] = async (file, args, options) => {
        const started = await runner.start(file, args, options)
        if (killed.length === 0) {
          killed.push(started.pid)
          process.kill(started.pid, 'SIGKILL')
        }
        return started
      }
      const short: CommandRunner = { run: (file, args, options) => runner.run(file, args, options), start }
      await using fork = await bench.fork(request({ runner: short, onWarning: (text) => void warnings.push(text) }))
      expect(killed).toHaveLength(1)
      expect(warnings).toEqual([expect.stringContaining('too little memory')])
      expect(fork.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['replay', 'start']))
      expect(await query(fork, countSql)).toEqual(counted)
      expect(await query(fork, 'SHOW shared_buffers')).toEqual([{ shared_buffers: '1MB' }])
    })

    test(`PostgreSQL ${version}: an abort while it replays leaves nothing`, async () => {
      const controller = new AbortController()
      const asked = bench.fork(
        request({
          signal: controller.signal,
          onProgress: ({ step }) => void (step === 'replay' && controller.abort()),
        }),
      )
      await expect(asked).rejects.toMatchObject({ code: 'ABORTED', step: 'replay', leftBehind: [] })
      expect(await listForks(bench.options)).toEqual([])
    })

    test(`H58, PostgreSQL ${version}: killed while it replays, it is collected`, async () => {
      await using maker = await startForkProcess(bench.stateDirectory)
      const { settings } = small
      const { source } = history()
      void maker.create({ source, at, settings, name: 'killed', lifetime: 'persistent' }).catch(() => {})
      const isReplaying = () => {
        if (!existsSync(join(bench.stateDirectory, 'forks', 'killed.json'))) return false
        const { server } = JSON.parse(readFileSync(join(bench.stateDirectory, 'forks', 'killed.json'), 'utf8'))
        return server !== undefined && existsSync(join(server.dataDirectory, 'postmaster.pid'))
      }
      await waitUntil(isReplaying, { timeoutMs: 60_000, pauseMs: 1, what: 'the server that replays' })
      await maker.end('SIGKILL')
      await collectGarbage(bench.options)
      expect(await listForks(bench.options)).toEqual([])
    })
  })
