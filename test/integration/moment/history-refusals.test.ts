import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CreateForkOptions,
  createRunner,
  createSnapshot,
  describeHistory,
  isPgforkError,
  listSnapshots,
  type PgforkError,
  type RecordHistoryOptions,
  recordHistory,
  removeHistory,
} from '@pgfork/core'
import { withLock } from '@pgfork/core/companion'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type Cluster, createTablespace } from '../../support/cluster/index.ts'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, recordInTurn, sourceMaker, upTo, write, writeMany } from './describe-moments.ts'

await describeWorkbench(
  'histories',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage, { wal_keep_size: '512MB' })
    const sources = { minimal: await make('minimal'), gone: await make('gone'), old: await make('old') }
    const space = await bench.directory(storage, 'source/space')
    return { storage, sources, source: await make('shared'), space }
  },
  (bench) => {
    const request = (source: Cluster) => ({ source: source.dataDirectory, driver: btrfs(), ...bench.options })
    const record = (source: Cluster, options: Partial<RecordHistoryOptions> = {}) =>
      recordInTurn({ ...request(source), ...options })
    const recorded = async (source: Cluster): Promise<AsyncDisposable> => {
      await record(source)
      return { [Symbol.asyncDispose]: () => removeHistory(request(source)) }
    }

    const forkOf = (source: Cluster, options: Partial<CreateForkOptions>) =>
      bench.fork(source, { driver: btrfs(), ...options })

    /** Nothing is left of what is refused, and no server was started for it. */
    async function refusal(source: Cluster, options: Partial<CreateForkOptions>): Promise<PgforkError> {
      const steps: string[] = []
      try {
        const fork = await forkOf(source, { ...options, onProgress: ({ step }) => void steps.push(step) })
        await fork.destroy()
      } catch (error) {
        if (!isPgforkError(error)) throw error
        expect(error.leftBehind).toEqual([])
        expect(steps).not.toContain('replay')
        expect(steps).not.toContain('start')
        return error
      }
      throw new Error('a fork was made')
    }

    test('a source without a history has no past moments', async () => {
      const { source } = bench
      const absent = { code: 'HISTORY_NOT_FOUND' }
      expect(await refusal(source, { at: new Date() })).toMatchObject(absent)
      await expect(describeHistory(request(source))).rejects.toMatchObject(absent)
      await expect(removeHistory(request(source))).rejects.toMatchObject(absent)
    })

    test('H79: before the history, in the future, what never was, was rolled back, or was twice', async () => {
      const { source } = bench
      const early = await write(source, 1)
      await using _history = await recorded(source)
      const client = await source.client()
      await client.query('BEGIN; INSERT INTO events VALUES (1000)')
      const { rows } = await client.query('SELECT txid_current()::text AS transaction')
      await client.query('ROLLBACK')
      await client.end()
      await source.query(`SELECT pg_create_restore_point('twice')`)
      await record(source)
      await source.query(`SELECT pg_create_restore_point('twice')`)
      await write(source, 2)
      const { earliest, latest } = await describeHistory(request(source))
      for (const at of [early.before.location, early.before.time])
        expect(await refusal(source, { at })).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          step: 'inspect',
          facts: { nearestBefore: undefined, nearestAfter: earliest },
        })
      for (const at of ['7/0', new Date(Date.now() + 3_600_000)])
        expect(await refusal(source, { at })).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          // The server writes a record of its own now and then.
          facts: { nearestBefore: { time: latest?.time }, nearestAfter: undefined },
        })
      const notFound = { code: 'MOMENT_NOT_FOUND', step: 'inspect' }
      expect(await refusal(source, { at: { before: early.transaction } })).toMatchObject(notFound)
      expect(await refusal(source, { at: { restorePoint: 'never' } })).toMatchObject(notFound)
      expect(await refusal(source, { at: { after: rows[0]?.transaction } })).toMatchObject({
        ...notFound,
        message: expect.stringContaining('was rolled back'),
      })
      // One behind each snapshot.
      const twice = await refusal(source, { at: { restorePoint: 'twice' } })
      expect(twice).toMatchObject({ ...notFound, facts: { locations: [expect.anything(), expect.anything()] } })
      await source.query('TRUNCATE events')
    })

    test('H1: a tablespace that the source made on the way', async () => {
      const { source } = bench
      await using _history = await recorded(source)
      // On the same volume, so that no base backup is needed, which would begin with a checkpoint.
      const directory = join(source.dataDirectory, '..', 'outside')
      await createTablespace(source, 'outside', directory)
      const after = await write(source, 3)
      expect(await refusal(source, { at: after.after.location })).toMatchObject({
        code: 'LAYOUT_REFUSED',
        hazard: 'H1',
      })
      // The next snapshot comes behind a checkpoint, as an exception.
      await record(source)
      const later = await write(source, 4)
      await using fork = await forkOf(source, { at: later.after.location })
      expect(await eventsIn(fork)).toContain(4)
      await source.query('DROP TABLESPACE outside')
      await rm(directory, { recursive: true })
    })

    test('H15: a wal_level that was minimal on the way, or is', async () => {
      const { minimal: source } = bench.sources
      await using _history = await recorded(source)
      await source.settings({ wal_level: 'minimal', max_wal_senders: 0 })
      await source.restart()
      const refused = { code: 'SETTING_REFUSED', hazard: 'H15' }
      await expect(record(source)).rejects.toMatchObject(refused)
      await source.settings({ wal_level: 'replica' })
      await source.restart()
      const after = await write(source, 3)
      expect(await refusal(source, { at: after.before.location })).toMatchObject(refused)
    })

    test('H79: a source that is gone is forked from what is kept, up to the last call', async () => {
      const { gone: source } = bench.sources
      await using _history = await recorded(source)
      const written = await writeMany(source, 1, 3)
      await record(source)
      await write(source, 4)
      await source.stop()
      await rename(source.dataDirectory, `${source.dataDirectory}.gone`)
      try {
        await using fork = await forkOf(source, { at: written[1]?.after.time ?? '' })
        expect(await eventsIn(fork)).toEqual(upTo(2))
        expect(await refusal(source, { at: new Date() })).toMatchObject({ code: 'MOMENT_NOT_COVERED' })
        const { walDirectory, latest } = await describeHistory(request(source))
        await using newest = await forkOf(source, { at: latest?.location ?? '' })
        expect(await eventsIn(newest)).toEqual(upTo(3))
        const names = (await runner.run('ls', [walDirectory])).stdout.trim().split('\n')
        for (const name of names.filter((name) => name.length === 24)) await truncate(join(walDirectory, name), 100)
        expect(await refusal(source, { at: written[1]?.after.location ?? '' })).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
        })
      } finally {
        await rename(`${source.dataDirectory}.gone`, source.dataDirectory)
      }
    })

    test('H79: WAL that was begun anew, in segments of another size', async () => {
      const { gone: source } = bench.sources
      await using _history = await recorded(source)
      if (source.isRunning()) await source.stop()
      const resize = [join(source.binDirectory, 'pg_resetwal'), ['--wal-segsize=64', source.dataDirectory]] as const
      await runner.run(...resize, serverUser === undefined ? {} : { user: serverUser })
      const { latest } = await describeHistory(request(source))
      await source.settings({ min_wal_size: '256MB' })
      await source.start()
      await expect(record(source)).rejects.toMatchObject({ code: 'HISTORY_DIVERGED', hazard: 'H79' })
      await using fork = await forkOf(source, { at: latest?.location ?? '' })
      expect(fork.moment?.location).toBe(latest?.location)
    })

    test('H79: an older state in the place of the source is another history', async () => {
      const { old: source } = bench.sources
      await write(source, 1)
      await source.stop()
      const copy = `${source.dataDirectory}.copy`
      await runner.run('cp', ['-a', source.dataDirectory, copy])
      await source.start()
      await using _history = await recorded(source)
      const kept = await write(source, 2)
      await record(source)
      await source.stop()
      await rm(source.dataDirectory, { recursive: true })
      await rename(copy, source.dataDirectory)
      await source.start()
      await write(source, 20)
      await expect(record(source)).rejects.toMatchObject({ code: 'HISTORY_DIVERGED', hazard: 'H79' })
      expect((await describeHistory(request(source))).snapshots).toHaveLength(2)
      await source.stop()
      // The other server's first transaction has the same number.
      await using fork = await forkOf(source, { at: { after: kept.transaction } })
      expect(await eventsIn(fork)).toEqual([1, 2])
      await source.start()
    })

    test('a call that is aborted right after its snapshot was taken says so', async () => {
      const { source } = bench
      const controller = new AbortController()
      const driver = btrfs()
      const aborting: typeof driver = Object.assign(Object.create(driver), {
        async snapshot(...request: Parameters<typeof driver.snapshot>) {
          await driver.snapshot(...request)
          controller.abort()
        },
      })
      const aborted = record(source, { driver: aborting, signal: controller.signal })
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', leftBehind: [] })
      await removeHistory(request(source))
    })

    test('one at a time', async () => {
      const { source } = bench
      await using _history = await recorded(source)
      const { systemIdentifier, walDirectory } = await describeHistory(request(source))
      const name = walDirectory.slice(walDirectory.indexOf(systemIdentifier), -'.wal'.length)
      await withLock(
        join(bench.options.stateDirectory, 'locks', `history-${name}`),
        { runner: createRunner() },
        async () => {
          await expect(record(source)).rejects.toMatchObject({ code: 'BUSY' })
          await expect(removeHistory(request(source))).rejects.toMatchObject({ code: 'BUSY' })
        },
      )
      await record(source)
    })

    test('a history is removed when nobody copies its WAL any more', async () => {
      const { source } = bench
      await record(source)
      const { systemIdentifier, walDirectory } = await describeHistory(request(source))
      const name = walDirectory.slice(walDirectory.indexOf(systemIdentifier))
      const lock = join(bench.options.stateDirectory, 'locks', `history-${name}`)
      let removing: Promise<void> | undefined
      await withLock(lock, { runner: createRunner() }, async () => {
        removing = removeHistory(request(source))
        const areGone = async () => (await listSnapshots(bench.options)).length === 0
        await waitUntil(areGone, { timeoutMs: 30_000, what: 'snapshots that are removed' })
        await delay(300)
        expect(existsSync(walDirectory)).toBe(true)
      })
      await removing
      expect(existsSync(walDirectory)).toBe(false)
    })

    test('H55: on storage that is too full nothing is recorded, and what is too old goes all the same', async () => {
      const { source } = bench
      await using _history = await recorded(source)
      await record(source)
      const full = { spaceThresholds: { dataPercent: 0.001 } }
      await expect(recordHistory({ ...request(source), keep: '1x1w', ...full })).rejects.toMatchObject({
        code: 'NO_SPACE',
        hazard: 'H55',
      })
      expect((await describeHistory(request(source))).snapshots).toHaveLength(1)
    })

    test('H61: WAL is kept in no directory that somebody else can change, and once it is there, in no other', async () => {
      const { source, storage } = bench
      const open = join(storage.path, 'source', 'open')
      await mkdir(open)
      await chmod(open, 0o777)
      const locks = () => readdir(join(bench.options.stateDirectory, 'locks'))
      const before = await locks()
      await expect(record(source, { directory: open })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        hazard: 'H61',
      })
      expect(await locks()).toEqual(before)
      await chmod(open, 0o755)
      await record(source, { directory: open })
      try {
        const { walDirectory } = await describeHistory(request(source))
        expect(walDirectory.startsWith(open)).toBe(true)
        await expect(record(source, { directory: storage.path })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
        await chmod(open, 0o777)
        await expect(record(source)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H61' })
        await chmod(open, 0o755)
        await chmod(walDirectory, 0o755)
        await expect(record(source)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H29' })
        await chmod(walDirectory, 0o700)
      } finally {
        await removeHistory(request(source))
        await rm(open, { recursive: true })
      }
    })

    test('H63: a link among the segments of the source is not followed', async () => {
      const { source, space } = bench
      await using _history = await recorded(source)
      const secret = join(space, 'secret')
      await writeFile(secret, 'of root alone', { mode: 0o600 })
      const link = join(source.dataDirectory, 'pg_wal', '0000000100000000000000FF')
      await symlink(secret, link)
      try {
        await expect(record(source)).rejects.toMatchObject({ code: expect.any(String) })
      } finally {
        await rm(link)
        await rm(secret)
      }
    })

    test('options that make no sense are refused before anything is touched', async () => {
      const { source } = bench
      const refused: [() => Promise<unknown>, string][] = [
        [() => recordHistory({ ...request(source), keep: '' }), 'keep'],
        [() => recordHistory({ ...request(source), keep: '60' }), 'keep'],
        [() => forkOf(source, { at: '2026-01-02T14:03:00' }), 'at'],
        [() => forkOf(source, { at: new Date(), checkpoint: true }), 'checkpoint'],
        [() => forkOf(source, { wal: '/tmp' }), 'wal'],
      ]
      for (const [call, option] of refused)
        await expect(call()).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option } })
      await using snapshot = await createSnapshot({ ...request(source), name: 'of-it' })
      // @ts-expect-error A snapshot has no history.
      const ofSnapshot = recordHistory({ ...request(source), source: snapshot, keep: '1x1d' })
      await expect(ofSnapshot).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
  },
)
