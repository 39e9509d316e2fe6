import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CreateStandbyOptions,
  collectGarbage,
  createFork,
  createStandby,
  listStandbys,
  openStandby,
  type ProgressEvent,
  type Standby,
} from '@pgfork/core'
import { expect, test } from 'vitest'
import { createTablespace, letIn } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const password = 'a:secret\\of-the-replicator'
const rules = ['host all replicator 127.0.0.1/32 md5', 'host replication replicator 127.0.0.1/32 md5']

await describeOn(
  'btrfs',
  { settings: { max_slot_wal_keep_size: '1GB', wal_keep_size: '16MB', shared_buffers: '16MB' } },
  (bench) => {
    const url = (given = password) =>
      `postgresql://replicator:${encodeURIComponent(given)}@127.0.0.1:${bench.source.port}/postgres`
    const optionsOf = (name: string, more: Partial<CreateStandbyOptions> = {}): CreateStandbyOptions => ({
      ...bench.options,
      ...{ name, from: url(), directory: join(bench.storage.path, name), binDirectory: bench.source.binDirectory },
      primaryIsHere: true,
      ...more,
    })
    const make = (name: string, more: Partial<CreateStandbyOptions> = {}) => createStandby(optionsOf(name, more))
    const prepare = async () => {
      const { source } = bench
      if ((await source.query(`SELECT FROM pg_roles WHERE rolname = 'replicator'`)).length > 0) return
      await source.query(`CREATE ROLE replicator REPLICATION LOGIN PASSWORD '${password}'`)
      await source.query('CREATE TABLE seen (id int PRIMARY KEY)')
      await letIn(source, rules)
    }
    /** For what isn't pgfork's. */
    const place = async () => {
      const path = join(bench.storage.path, 'source')
      await mkdir(path, { recursive: true })
      await giveToServerUser(path)
      return path
    }
    const slots = () => bench.source.query('SELECT slot_name FROM pg_replication_slots')
    const isReplayed = async (standby: Standby) => {
      await waitUntil(async () => (await standby.status()).lagBytes === 0, {
        timeoutMs: 60_000,
        what: async () => `replay: ${JSON.stringify(await standby.status())}`,
      })
    }

    test('H1, H91: it streams, is forked, forked again after a new seed, and leaves nothing anywhere', async () => {
      const { source } = bench
      await prepare()
      await createTablespace(source, 'far', join(await place(), 'far'))
      await source.query('CREATE TABLE distant (id int) TABLESPACE far; INSERT INTO distant VALUES (1)')
      // What would act outside of a standby, and what outweighs a file.
      await source.query(`ALTER SYSTEM SET archive_command = 'false'`)
      const events: ProgressEvent[] = []
      const making = new AbortController()
      const standby = await make('production', {
        ...{ slot: true, signal: making.signal },
        onProgress: (event) => void events.push(event),
      })
      // It was for the making.
      making.abort()
      try {
        expect(events.some(({ step, status, doneBytes }) => step === 'seed' && status === 'running' && doneBytes)).toBe(
          true,
        )
        expect(await standby.status()).toMatchObject({ state: 'streaming', reason: undefined, isBeingSeeded: false })
        expect(await slots()).toHaveLength(1)

        await source.query('INSERT INTO seen VALUES (1)')
        await isReplayed(standby)
        expect(await standby.status()).toMatchObject({ lagBytes: 0, lagSeconds: 0 })
        const settings = await query(
          standby,
          `SELECT name, setting FROM pg_settings WHERE name IN ('archive_command', 'hot_standby_feedback', 'listen_addresses', 'archive_mode') ORDER BY name`,
        )
        expect(settings.map(({ setting }) => setting)).toEqual(['(disabled)', 'off', 'off', '127.0.0.1'])

        // H1: the tablespace lies in the volume of the standby, and in the fork's own.
        const [linked] = await readdir(join(standby.dataDirectory, 'pg_tblspc'))
        expect(existsSync(join(standby.directory, '1', 'tablespaces', linked ?? ''))).toBe(true)
        await using fork = await createFork({ source: standby, ...bench.options })
        expect(await query(fork, 'SELECT count(*)::int FROM seen, distant')).toEqual([{ count: 1 }])
        await query(fork, 'INSERT INTO distant VALUES (2)')
        expect(await query(fork, 'SELECT FROM pg_stat_wal_receiver')).toEqual([])
        expect((await query(fork, 'SHOW primary_conninfo'))[0]).toEqual({ primary_conninfo: '' })
        expect(await source.query('SELECT id FROM distant')).toEqual([{ id: 1 }])

        // Another process seeds it anew; the fork doesn't notice, and new ones are of the new seed.
        const same = await openStandby('production', bench.options)
        const { port } = same
        await same.reseed()
        expect(same.dataDirectory).toBe(join(standby.directory, '2', 'data'))
        expect(existsSync(join(standby.directory, '1'))).toBe(false)
        expect(await same.status()).toMatchObject({ state: 'streaming' })
        expect(same.port).toBe(port)
        await source.query('INSERT INTO seen VALUES (2)')
        await isReplayed(same)
        await using later = await createFork({ source: standby, ...bench.options })
        expect(await query(later, 'SELECT count(*)::int FROM seen')).toEqual([{ count: 2 }])
        expect(await query(fork, 'SELECT count(*)::int FROM seen')).toEqual([{ count: 1 }])
        await fork.reset()
        expect(await query(fork, 'SELECT count(*)::int FROM distant')).toEqual([{ count: 1 }])

        // A mistyped condition would be none.
        const misspelt = { code: 'INVALID_OPTION', message: expect.stringContaining('Did you mean') }
        await expect(same.reseed({ ifBehnd: true } as object)).rejects.toMatchObject(misspelt)
        await expect(same.destroy({ isPrimaryGon: false } as object)).rejects.toMatchObject(misspelt)

        await same.stop()
        expect((await standby.status()).state).toBe('stopped')
        expect((await listStandbys(bench.options)).map(({ name, isRunning }) => [name, isRunning])).toEqual([
          ['production', false],
        ])
        await same.start()
        await waitUntil(async () => (await same.status()).state === 'streaming', {
          timeoutMs: 60_000,
          what: 'streaming',
        })
      } finally {
        await standby.destroy()
      }
      expect(await slots()).toEqual([])
      expect(existsSync(standby.directory)).toBe(false)
      expect(await listStandbys(bench.options)).toEqual([])
      await source.query('DROP TABLE distant')
      await source.query('ALTER SYSTEM RESET ALL')
      await source.query('DROP TABLESPACE far')
    })

    test('H29, H92: its password is in one file of its owner alone, and nowhere else', async () => {
      await prepare()
      const standby = await make('private')
      try {
        const passfile = join(standby.directory, 'passfile')
        const found = await stat(passfile)
        expect([found.mode & 0o777, found.uid]).toEqual([0o600, serverUser?.uid ?? process.geteuid?.()])
        const hidden = [password, encodeURIComponent(password), password.replace(/[\\:]/g, '\\$&')]
        hidden.push(...hidden.map((secret) => JSON.stringify(secret).slice(1, -1)))
        const texts = [
          await readFile(join(bench.stateDirectory, 'standbys', 'private.json'), 'utf8'),
          await readFile(join(standby.dataDirectory, 'postgresql.conf'), 'utf8'),
          await readFile(join(standby.dataDirectory, 'postgresql.auto.conf'), 'utf8'),
          await readFile(join(standby.dataDirectory, 'pgfork', 'server.log'), 'utf8'),
          JSON.stringify(bench.options.runner.commands),
        ]
        for (const text of texts) for (const secret of hidden) expect(text).not.toContain(secret)
        // No fork holds it, and where one would, it is refused.
        await using fork = await createFork({ source: standby, ...bench.options })
        expect(await readdir(join(fork.dataDirectory, '..'))).not.toContain('passfile')
      } finally {
        await standby.destroy()
      }
      const withoutVolumes = Object.assign(Object.create(bench.options.driver), { createVolume: undefined })
      await expect(make('captured', { driver: withoutVolumes })).rejects.toMatchObject({
        code: 'LAYOUT_REFUSED',
        hazard: 'H92',
      })
      const own = join(await place(), 'passfile')
      await writeFile(own, `127.0.0.1:*:*:replicator:${password.replace(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 })
      await giveToServerUser(own)
      const given = await make('given', { from: url().replace(/:[^:@/]*@/, '@'), passfile: own })
      expect(await given.status()).toMatchObject({ state: 'streaming' })
      await given.destroy()
      expect(existsSync(own)).toBe(true)
    })

    test('H90, H94, H127: what is refused, is before anything is made, with what to do about it', async () => {
      const { source } = bench
      await prepare()
      await expect(make('wrong', { from: url('wrong') })).rejects.toMatchObject({
        code: 'ACCESS_REFUSED',
        message: expect.stringMatching(/password is wrong.*PGPASSWORD/),
      })
      await letIn(source, ['host all replicator 127.0.0.1/32 md5'])
      await expect(make('no-rule')).rejects.toMatchObject({
        code: 'ACCESS_REFUSED',
        message: expect.stringContaining('host replication replicator 127.0.0.1/32 scram-sha-256'),
      })
      await letIn(source, rules)
      await expect(make('here', { primaryIsHere: false })).rejects.toMatchObject({
        ...{ code: 'SETTING_REFUSED', hazard: 'H127' },
        message: expect.stringContaining('runs on this machine, as the user that the standby would run as'),
      })
      await source.query('ALTER ROLE replicator NOREPLICATION')
      await expect(make('no-right')).rejects.toMatchObject({
        code: 'ACCESS_REFUSED',
        message: expect.stringContaining('ALTER ROLE replicator REPLICATION LOGIN'),
      })
      await source.query('ALTER ROLE replicator REPLICATION')
      await source.settings({ max_slot_wal_keep_size: -1 })
      await expect(make('unbounded', { slot: true })).rejects.toMatchObject({
        code: 'SETTING_REFUSED',
        hazard: 'H94',
        message: expect.stringContaining('ALTER SYSTEM SET max_slot_wal_keep_size'),
      })
      await source.settings({
        max_slot_wal_keep_size: '1GB',
        synchronous_standby_names: 'ANY 1 (one, *)',
        synchronous_commit: 'local',
      })
      await expect(make('synchronous')).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H90' })
      await source.settings({ synchronous_standby_names: 'FIRST 1 ("*")' })
      await expect(make('quoted')).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H90' })
      await source.settings({ synchronous_standby_names: '', synchronous_commit: 'on' })
      await expect(make('nowhere', { from: 'postgresql://replicator@127.0.0.1:1/postgres' })).rejects.toMatchObject({
        code: 'CONNECTION_REQUIRED',
      })
      await expect(make('there', { directory: bench.storage.path })).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
      await expect(make('rootless', { owner: 'root' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      await expect(make('no-url', { from: 'postgresql://127.0.0.1' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      await expect(make('unknown', { from: `${url()}?options=x` })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      await expect(make('none', { binDirectory: '/usr/bin' })).rejects.toMatchObject({
        code: 'BINARIES_NOT_FOUND',
        message: expect.stringContaining('importDatabase()'),
      })
      expect(await listStandbys(bench.options)).toEqual([])
    })

    test('H94: an abort, and a failure after the seed, leave no slot and nothing else', async () => {
      await prepare()
      for (const step of ['seed', 'ready'])
        await expect(
          make('given-up', {
            slot: true,
            onProgress(event) {
              if (event.step === step && event.status === 'started') throw new Error('given up')
            },
          }),
          step,
        ).rejects.toThrow('given up')
      const abort = new AbortController()
      await expect(
        make('aborted', {
          slot: true,
          signal: abort.signal,
          onProgress(event) {
            if (event.step === 'seed' && event.status === 'running') abort.abort()
          },
        }),
      ).rejects.toMatchObject({ code: 'ABORTED' })
      await waitUntil(async () => (await slots()).length === 0, { timeoutMs: 30_000, what: 'end of the slots' })
      expect(await listStandbys(bench.options)).toEqual([])
      expect(await collectGarbage(bench.options)).toEqual([])
    })

    test('one that has fallen behind says so, and a new seed brings it back; a new seed that fails changes nothing', async () => {
      const { source } = bench
      await prepare()
      const standby = await make('late', { settings: { work_mem: '7MB' } })
      try {
        await standby.stop()
        await source.query('CREATE TABLE filler (id int, text text)')
        for (let round = 0; round < 6; round++) {
          await source.query(`INSERT INTO filler SELECT id, repeat('x', 1000) FROM generate_series(1, 10000) id`)
          await source.query('SELECT pg_switch_wal()')
          await source.query('CHECKPOINT')
        }
        await source.query('DROP TABLE filler')
        await standby.start()
        await waitUntil(async () => (await standby.status()).state === 'behind', {
          timeoutMs: 60_000,
          what: async () => `standby that is behind: ${JSON.stringify(await standby.status())}`,
        })
        const before = standby.dataDirectory
        const failing = await openStandby('late', {
          ...bench.options,
          onProgress(event) {
            if (event.step === 'ready' && event.status === 'started') throw new Error('no room')
          },
        })
        await expect(failing.reseed()).rejects.toThrow('no room')
        expect(await standby.status()).toMatchObject({ state: 'behind', isBeingSeeded: false })
        expect(await readdir(standby.directory)).toEqual(['1', 'passfile'])

        await standby.reseed({ ifBehind: true })
        expect(standby.dataDirectory).not.toBe(before)
        expect(await standby.status()).toMatchObject({ state: 'streaming' })
        const after = standby.dataDirectory
        await standby.reseed({ ifBehind: true })
        expect(standby.dataDirectory).toBe(after)
        await using fork = await createFork({ source: standby, ...bench.options })
        expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '7MB' }])
      } finally {
        await standby.destroy()
      }
    })

    test('H124: of two that are made in one folder at once, one is refused, and takes nothing of the other', async () => {
      await prepare()
      const directory = join(bench.storage.path, 'shared')
      const made = await Promise.allSettled(['one', 'other'].map((name) => make(name, { directory })))
      const standbys = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      try {
        expect(refused).toEqual([expect.objectContaining({ code: 'TARGET_EXISTS', hazard: 'H124' })])
        expect(await readdir(directory)).toEqual(['1', 'passfile'])
        expect(await standbys[0]?.status()).toMatchObject({ state: 'streaming' })
      } finally {
        for (const standby of standbys) await standby.destroy()
      }
    })

    test('H94: its primary makes no slot for it unasked, keeps its seed longer than idle sessions, and tells of a slot that is gone', async () => {
      const { source } = bench
      await prepare()
      const isNewer = Number(source.version) >= 14
      await source.settings({
        ...(isNewer ? { idle_session_timeout: '500ms' } : {}),
        ...(Number(source.version) >= 13 ? { wal_receiver_create_temp_slot: true } : {}),
      })
      const looks: { backups: number; slots: number }[] = []
      let isMade = false
      const making = make('slotless', { maxBytesPerSecond: 8 * 1024 ** 2 }).finally(() => {
        isMade = true
      })
      while (!isMade)
        looks.push(
          ...(await source.query<{ backups: number; slots: number }>(
            `SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'pgfork%' AND query LIKE 'BASE_BACKUP%') AS backups,
                    (SELECT count(*)::int FROM pg_replication_slots WHERE temporary) AS slots`,
          )),
        )
      const slotless = await making
      try {
        const during = looks.filter(({ backups }) => backups > 0)
        expect(during.length).toBeGreaterThan(0)
        expect(during.filter(({ slots }) => slots !== 1)).toEqual([])
        expect(await slots()).toEqual([])
      } finally {
        await slotless.destroy()
        await source.settings({
          ...(isNewer ? { idle_session_timeout: 0 } : {}),
          ...(Number(source.version) >= 13 ? { wal_receiver_create_temp_slot: false } : {}),
        })
      }

      const standby = await make('dropped', { slot: true })
      try {
        await standby.stop()
        const [{ slot_name: slot } = {}] = await slots()
        await waitUntil(
          async () => (await source.query('SELECT FROM pg_replication_slots WHERE active')).length === 0,
          { timeoutMs: 60_000, what: 'slot that nobody uses' },
        )
        await source.query('SELECT pg_drop_replication_slot($1)', [slot])
        await standby.start()
        expect(await standby.status()).toMatchObject({
          state: 'behind',
          reason: expect.stringContaining(`pg_create_physical_replication_slot('${slot}', true)`),
        })
        await standby.reseed({ ifBehind: true })
        expect(await standby.status()).toMatchObject({ state: 'streaming', reason: undefined })
      } finally {
        await standby.destroy()
      }
    })

    test('a superuser who may not log in any more at the primary, or has another name, is no obstacle', async () => {
      const { source } = bench
      await prepare()
      const standby = await make('hardened')
      const client = await source.client()
      try {
        await client.query('CREATE ROLE helper SUPERUSER; ALTER ROLE postgres NOLOGIN')
        await waitUntil(async () => (await standby.status()).reason?.includes('may log in') === true, {
          timeoutMs: 60_000,
          what: async () => `standby that lets no superuser in: ${JSON.stringify(await standby.status())}`,
        })
        await client.query('ALTER ROLE helper LOGIN')
        await isReplayed(standby)
        expect(await standby.status()).toMatchObject({ state: 'streaming', reason: undefined })
        await using fork = await createFork({ source: standby, ...bench.options })
        expect(await query(fork, 'SELECT current_user AS name')).toEqual([{ name: 'helper' }])
      } finally {
        await client.query('ALTER ROLE postgres LOGIN; DROP ROLE helper')
        await client.end()
        await standby.destroy()
      }
    })

    test('larger settings of the primary are taken over by a restart', async () => {
      const { source } = bench
      await prepare()
      const standby = await make('larger')
      try {
        await source.settings({ max_connections: 150, max_locks_per_transaction: 100 })
        await source.restart()
        await source.query('INSERT INTO seen VALUES (100)')
        await waitUntil(async () => (await standby.status()).reason?.includes('larger settings') === true, {
          timeoutMs: 60_000,
          what: async () => `paused replay: ${JSON.stringify(await standby.status())}`,
        })
        await standby.stop()
        await standby.start()
        await isReplayed(standby)
        expect(await query(standby, 'SELECT id FROM seen WHERE id = 100')).toEqual([{ id: 100 }])
      } finally {
        await standby.destroy()
      }
    })
  },
)
