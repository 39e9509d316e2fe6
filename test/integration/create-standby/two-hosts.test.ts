import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, openStandby } from '@pgfork/core'
import { execa } from 'execa'
import { afterAll, expect, test } from 'vitest'
import { type Cluster, letIn, offerTls } from '../../support/cluster/index.ts'
import { type CommandOutcome, installCommand } from '../../support/command/index.ts'
import { expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { byExtent } from '../../support/extent.ts'
import { fillDisk } from '../../support/files/fill-disk.ts'
import { expectBalanced, startLoad } from '../../support/load/index.ts'
import { createTwoHosts } from '../../support/network/two-hosts.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { driverOn } from '../../support/workbench/source-workbench.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

const password = 'of-the-replicator'
const forks = byExtent(3, 30)

await describeWorkbench(
  'a standby on one host of a primary on another',
  ['btrfs'],
  async (bench) => {
    const hosts = await createTwoHosts()
    const [here, there] = [await bench.storage('btrfs', 2048), await bench.storage('btrfs', 1024)]
    const primary = await bench.cluster({
      directory: join(await bench.directory(there, 'source'), 'main'),
      networkNamespace: hosts.primary.namespace,
      settings: { listen_addresses: '*', max_slot_wal_keep_size: '2GB', shared_buffers: '32MB' },
    })
    await primary.query(`CREATE ROLE replicator REPLICATION LOGIN PASSWORD '${password}'`)
    await letIn(
      primary,
      ['all', 'replication'].map((what) => `hostssl ${what} replicator ${hosts.standby.address}/32 md5`),
    )
    await offerTls(primary)
    return { hosts, here, primary, command: await installCommand() }
  },
  (bench) => {
    afterAll(async () => {
      await bench.primary.stop('immediate')
      await bench.hosts[Symbol.asyncDispose]()
      await bench.command[Symbol.asyncDispose]()
      // They stay, for metrics.
      await rm(join(bench.options.stateDirectory, 'outcomes'), { recursive: true, force: true })
    })
    const directory = () => join(bench.here.path, 'production')
    const url = () =>
      `postgresql://replicator:${password}@${bench.hosts.primary.address}:${bench.primary.port}/postgres?sslmode=require`
    /** On the standby's host. */
    const pgfork = async (...words: string[]): Promise<CommandOutcome> => {
      const { stateDirectory } = bench.options
      const env = { PGFORK_STATE_DIRECTORY: stateDirectory, PGFORK_FROM: url() }
      const [file = '', ...prefix] = bench.hosts.standby.prefix
      const args = [...prefix, process.execPath, '--throw-deprecation', bench.command.path, ...words]
      const { exitCode, signal, stdout, stderr } = await execa(file, args, {
        ...{ cwd: bench.command.folder, env, reject: false, timeout: 240_000, stdin: 'ignore' },
      })
      return { status: exitCode, signal, stdout, stderr, json: () => JSON.parse(stdout) }
    }
    const status = async () => (await pgfork('standby', 'status', 'production', '--json')).json<Status>()
    const reaches = (state: string, timeoutMs = 90_000) =>
      waitUntil(async () => (await status()).state === state, {
        ...{ timeoutMs, pauseMs: 200 },
        what: async () => `standby that is ${state}: ${JSON.stringify(await status())}`,
      })
    const caughtUp = () =>
      waitUntil(async () => (await status()).lagBytes === 0, {
        ...{ timeoutMs: 90_000, pauseMs: 100 },
        what: async () => `standby without a lag: ${JSON.stringify(await status())}`,
      })

    test('it is made there, by TLS, and forks of it hold all that it had replayed', async () => {
      const { primary } = bench
      const made = await pgfork(
        'standby',
        'create',
        '--name',
        'production',
        '--directory',
        directory(),
        '--slot',
        '--json',
      )
      expect(made.status, made.stdout).toBe(0)
      expect(await status()).toMatchObject({ state: 'streaming' })
      expect(await primary.query('SELECT DISTINCT ssl FROM pg_stat_replication JOIN pg_stat_ssl USING (pid)')).toEqual([
        { ssl: true },
      ])

      await using load = await startLoad(primary, { clients: 2, scale: 1 })
      await using oracle = await startOracle(primary, { writers: 4, payloadBytes: 200, pauseMs: 2 })
      const standby = await openStandby('production', bench.options)
      for (let number = 1; number <= forks; number++) {
        const acknowledged = oracle.acknowledged()
        await replayed(await flushedBy(primary))
        await using fork = await createFork({ source: standby, driver: driverOn('btrfs'), ...bench.options })
        await expectHolds(fork, acknowledged, oracle.issued(), expectBalanced)
      }
      await oracle.stop()
      await load.stop()

      async function replayed(at: string): Promise<void> {
        await waitUntil(
          async () => (await query(standby, 'SELECT WHERE pg_last_wal_replay_lsn() >= $1::pg_lsn', [at])).length > 0,
          {
            ...{ timeoutMs: 60_000, what: `replay of ${at}` },
          },
        )
      }
    })

    test('its primary is restarted, and the network cut and healed: it goes on by itself', async () => {
      const { primary, hosts } = bench
      await primary.query('CREATE TABLE IF NOT EXISTS after_trouble (id int)')
      await primary.stop('immediate')
      await reaches('disconnected')
      expect((await pgfork('standby', 'status', 'production')).status).toBe(5)
      await primary.start()
      await primary.query('INSERT INTO after_trouble VALUES (1)')
      await caughtUp()

      await hosts.cut()
      await primary.query('INSERT INTO after_trouble VALUES (2)')
      await waitUntil(
        async () => (await status()).primaryLocation === null || (await status()).lagBytes === undefined,
        {
          ...{ timeoutMs: 60_000, what: 'a primary that is not reached' },
        },
      )
      await hosts.heal()
      await caughtUp()
      const standby = await openStandby('production', bench.options)
      expect(await query(standby, 'SELECT count(*)::int FROM after_trouble')).toEqual([{ count: 2 }])
    })

    test('its disk is full: it stops or waits, its primary goes on, and so does it when there is room', async () => {
      const { primary, here } = bench
      const giveBack = fillDisk(here.path)
      try {
        await primary.query(
          `CREATE TABLE large AS SELECT id, repeat('x', 500) AS text FROM generate_series(1, 100000) id`,
        )
        await primary.query('SELECT pg_switch_wal()')
        await waitUntil(async () => (await status()).state !== 'streaming', {
          ...{ timeoutMs: 60_000, pauseMs: 200 },
          what: async () => `trouble: ${JSON.stringify(await status())}`,
        })
      } finally {
        giveBack()
      }
      expect((await pgfork('standby', 'start', 'production')).status).toBe(0)
      await caughtUp()
      const standby = await openStandby('production', bench.options)
      await using fork = await createFork({ source: standby, driver: driverOn('btrfs'), ...bench.options })
      expect(await query(fork, 'SELECT count(*)::int FROM large')).toEqual([{ count: 100_000 }])
    })

    /** Made so slowly that there is time to kill it. */
    const seedUntilKilled = async (name: string, before: () => Promise<void> = async () => {}) => {
      const [file = '', ...prefix] = bench.hosts.standby.prefix
      const place = join(bench.here.path, name)
      const words = ['standby', 'create', '--name', name, '--directory', place, '--slot', '--max-rate', '1M']
      const env = { PGFORK_STATE_DIRECTORY: bench.options.stateDirectory, PGFORK_FROM: url() }
      const maker = execa(file, [...prefix, process.execPath, bench.command.path, ...words], {
        ...{ cwd: bench.command.folder, env, reject: false },
      })
      await waitUntil(() => existsSync(join(place, '1', 'data', 'base')), { timeoutMs: 60_000, what: 'a seed' })
      await before()
      maker.kill('SIGKILL')
      await maker
    }
    const collects = async (name: string) => {
      const collected = await pgfork('gc', '--json')
      expect(collected.status, collected.stdout).toBe(0)
      expect(collected.json()).toMatchObject({ garbage: [{ kind: 'standby', name, isRemoved: true }] })
      expect(existsSync(join(bench.here.path, name))).toBe(false)
    }

    test('its maker is killed in the middle of the seed: gc removes what he left, the slot too', async () => {
      await seedUntilKilled('killed')
      expect((await pgfork('standby', 'list')).stdout).toContain('creating')
      await collects('killed')
      expect(await bench.primary.query('SELECT FROM pg_replication_slots')).toHaveLength(1)
    })

    test('H94: the network is cut for good in the middle of the seed: the primary soon keeps no WAL for it, and no backup', async () => {
      const { primary, hosts } = bench
      const held = async () => {
        const [row] = await primary.query<Held>(`SELECT
          (SELECT count(*)::int FROM pg_replication_slots WHERE temporary) AS slots,
          (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'walsender' AND query LIKE '%BASE_BACKUP%') AS backups`)
        return row as Held
      }
      const isGone = async (what: keyof Held, timeoutMs: number) =>
        waitUntil(async () => (await held())[what] === 0, {
          ...{ timeoutMs, pauseMs: 500, what: async () => `primary without ${what}: ${JSON.stringify(await held())}` },
        })
      await seedUntilKilled('cut', async () => {
        expect(await held()).toEqual({ slots: 1, backups: 1 })
        await hosts.cut()
      })
      try {
        expect(await held()).toEqual({ slots: 1, backups: 1 })
        await isGone('slots', 60_000)
        await isGone('backups', 180_000)
      } finally {
        await hosts.heal()
      }
      await collects('cut')
    })

    test('H94: while its primary is not reached it is not destroyed, unless its slot is given up', async () => {
      const { primary, hosts } = bench
      await hosts.cut()
      const refused = await pgfork('standby', 'destroy', 'production', '--yes')
      expect(refused.status).not.toBe(0)
      expect(refused.stderr).toContain('pg_drop_replication_slot')
      await hosts.heal()
      expect((await pgfork('standby', 'destroy', 'production', '--yes')).status).toBe(0)
      expect(await primary.query('SELECT FROM pg_replication_slots')).toEqual([])
      expect(existsSync(directory())).toBe(false)
    })
  },
)

interface Status {
  readonly state: string
  readonly lagBytes: number | undefined
  readonly primaryLocation: string | null | undefined
}

/** What a primary has of a seed. */
interface Held {
  readonly slots: number
  readonly backups: number
}

async function flushedBy(primary: Cluster): Promise<string> {
  const [row] = await primary.query<{ at: string }>('SELECT pg_current_wal_flush_lsn()::text AS at')
  return row?.at ?? ''
}
