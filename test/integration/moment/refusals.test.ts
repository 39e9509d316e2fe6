import { chmod, chown, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ClusterSnapshot,
  type CreateForkOptions,
  createSnapshot,
  isPgforkError,
  type PgforkError,
} from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { nobody } from '../../support/attacker/index.ts'
import { type Cluster, createTablespace } from '../../support/cluster/index.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { archive, eventsIn, sourceMaker, upTo, write, writeMany } from './describe-moments.ts'

await describeWorkbench(
  'moments that the WAL does not lead to',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage)
    const sources = {
      forgetful: await make('forgetful'),
      minimal: await make('minimal'),
      gone: await make('gone'),
      led: await make('led'),
    }
    const folder = async (name: string) => join(await bench.directory(storage, `source/${name}`), 'wal')
    return {
      ...{ sources, source: await make('shared'), space: await bench.directory(storage, 'source/space') },
      archives: { forgetful: await folder('forgetful'), gone: await folder('gone'), led: await folder('led') },
    }
  },
  (bench) => {
    const snapshotOf = (source: Cluster, name: string): Promise<ClusterSnapshot> =>
      createSnapshot({ source: source.dataDirectory, name, driver: btrfs(), ...bench.options })

    const forkOf = (snapshot: ClusterSnapshot, options: Partial<CreateForkOptions>) =>
      bench.fork(bench.source, { source: snapshot, driver: btrfs(), ...options })

    /** Nothing is left of what is refused, and no server was started for it. */
    async function refusal(snapshot: ClusterSnapshot, options: Partial<CreateForkOptions>): Promise<PgforkError> {
      const steps: string[] = []
      try {
        const fork = await forkOf(snapshot, { ...options, onProgress: ({ step }) => void steps.push(step) })
        await fork.destroy()
      } catch (error) {
        if (!isPgforkError(error)) throw error
        expect(error).toMatchObject({ step: 'moment', leftBehind: [] })
        expect(steps).not.toContain('replay')
        expect(steps).not.toContain('start')
        return error
      }
      throw new Error('a fork was made')
    }

    /** After a checkpoint, the source uses the segment again. */
    async function writeAndForget(source: Cluster, id: number): Promise<void> {
      await write(source, id)
      await source.query('SELECT pg_switch_wal()')
    }

    test('H79: before the snapshot, and beyond all WAL: the nearest moments are told', async () => {
      const { source } = bench
      const early = await write(source, 1)
      await using snapshot = await snapshotOf(source, 'range')
      const later = await write(source, 2)
      // The snapshot's checkpoint came after it.
      expect(await refusal(snapshot, { at: { before: early.transaction } })).toMatchObject({ code: 'MOMENT_NOT_FOUND' })
      for (const at of [early.before.location, early.before.time]) {
        const error = await refusal(snapshot, { at })
        expect(error).toMatchObject({ code: 'MOMENT_NOT_COVERED', facts: { nearestBefore: undefined } })
        await using fork = await forkOf(snapshot, { at: (error.facts.nearestAfter as { location: string }).location })
        expect(await eventsIn(fork)).toEqual([1])
      }
      for (const at of ['7/0', new Date(Date.now() + 3_600_000)]) {
        const error = await refusal(snapshot, { at })
        expect(error).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          facts: { nearestAfter: undefined, gap: { nextSegment: undefined } },
        })
        const { location, time } = error.facts.nearestBefore as { location: string; time: string }
        expect(time > later.before.time).toBe(true)
        await using fork = await forkOf(snapshot, { at: location })
        expect(await eventsIn(fork)).toEqual([1, 2])
      }
    })

    test('H79: what never was, was rolled back, or was twice', async () => {
      const { source } = bench
      await using snapshot = await snapshotOf(source, 'names')
      const client = await source.client()
      await client.query('BEGIN; INSERT INTO events VALUES (1000)')
      const { rows } = await client.query('SELECT txid_current()::text AS transaction')
      await client.query('ROLLBACK')
      await client.end()
      await source.query(`SELECT pg_create_restore_point('twice'); SELECT pg_create_restore_point('twice')`)
      await write(source, 3)
      const notFound = { code: 'MOMENT_NOT_FOUND' }
      const rolledBack = await refusal(snapshot, { at: { after: rows[0]?.transaction } })
      expect(rolledBack).toMatchObject({ ...notFound, message: expect.stringContaining('was rolled back') })
      expect(await refusal(snapshot, { at: { before: 2_000_000_000 } })).toMatchObject(notFound)
      expect(await refusal(snapshot, { at: { restorePoint: 'never' } })).toMatchObject(notFound)
      const twice = await refusal(snapshot, { at: { restorePoint: 'twice' } })
      expect(twice).toMatchObject({ ...notFound, facts: { locations: [expect.anything(), expect.anything()] } })
    })

    test('H79: WAL that is gone, from the source or from the archive; what both have together leads to the moment', async () => {
      const { forgetful: source } = bench.sources
      const { forgetful: folder } = bench.archives
      await using snapshot = await snapshotOf(source, 'forgetful')
      await writeMany(source, 1, 2)
      for (let id = 3; id <= 5; id++) await writeAndForget(source, id)
      // 10 also keeps the WAL of the checkpoint before the last.
      for (let round = 0; round < 2; round++) {
        await archive(source, folder)
        await source.query('CHECKPOINT')
      }
      const last = await write(source, 6)
      const at = last.before.location
      const alone = await refusal(snapshot, { at })
      expect(alone).toMatchObject({ code: 'MOMENT_NOT_COVERED' })
      await using fork = await forkOf(snapshot, { at, wal: folder })
      expect(await eventsIn(fork)).toEqual(upTo(5))
      const names = (await readdir(folder)).filter((name) => name.length === 24).sort()
      await rm(join(folder, names[2] ?? ''))
      expect(await refusal(snapshot, { at, wal: folder })).toMatchObject({
        code: 'MOMENT_NOT_COVERED',
        facts: {
          nearestBefore: { location: expect.any(String) },
          gap: { nextSegment: expect.stringMatching(/^[0-9A-F]{24}$/) },
        },
      })
      await expect(fork.reset()).rejects.toMatchObject({ code: 'RESET_UNAVAILABLE' })
      expect(await eventsIn(fork)).toEqual(upTo(5))
    })

    test.runIf(serverUser !== undefined)(
      "H63: an archive to which a link of the owner's leads is read only if it is his, too",
      async () => {
        const { led: source } = bench.sources
        const { led: folder } = bench.archives
        await using snapshot = await snapshotOf(source, 'led')
        const { after } = await write(source, 1)
        await source.query('SELECT pg_switch_wal()')
        await archive(source, folder)
        await chmod(folder, 0o700)
        for (let round = 0; round < 2; round++)
          await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
        // Root names a link of the owner's, which leads to what only root can read.
        const link = join(source.dataDirectory, '..', 'archive')
        await symlink(folder, link)
        const request = { at: after.location, wal: link }
        expect(await refusal(snapshot, request)).toMatchObject({
          code: 'PERMISSION_DENIED',
          hazard: 'H63',
          facts: { real: folder, folder: expect.any(String) },
        })
        for (const name of ['.', ...(await readdir(folder))]) await giveToServerUser(join(folder, name))
        await using fork = await forkOf(snapshot, request)
        expect(await eventsIn(fork)).toEqual([1])
        await rm(link)
      },
    )

    test('H100: WAL that everybody can write is not read', async () => {
      const { source } = bench
      await using snapshot = await snapshotOf(source, 'open')
      const { after } = await write(source, 300)
      const folder = join(bench.archives.led, '..', 'open')
      await mkdir(folder)
      for (const mode of [0o777, 0o1777]) {
        await chmod(folder, mode)
        expect(await refusal(snapshot, { at: after.location, wal: folder })).toMatchObject({
          code: 'PERMISSION_DENIED',
          hazard: 'H100',
          facts: { path: folder },
        })
      }
      await chmod(folder, 0o755)
      await using _fork = await forkOf(snapshot, { at: after.location, wal: folder })
      await rm(folder, { recursive: true })
    })

    test.runIf(serverUser !== undefined)(
      'H100: a folder in one that everybody can write: anybody has put another one in its place',
      async () => {
        const { source } = bench
        await using snapshot = await snapshotOf(source, 'exchanged')
        const { after } = await write(source, 301)
        const open = join(bench.archives.led, '..', 'open')
        const folder = join(open, 'deep', 'wal')
        await archive(source, folder)
        await chmod(open, 0o777)
        const above = join(open, 'deep')
        const exchange = `mv ${above} ${above}.away && mkdir -p ${folder}`
        await chmod(join(bench.archives.led, '..'), 0o755)
        await runner.run('sh', ['-c', exchange], { user: nobody })
        expect(await refusal(snapshot, { at: after.location, wal: folder })).toMatchObject({
          code: 'PERMISSION_DENIED',
          hazard: 'H100',
          facts: { path: folder, folder: open },
        })
        // There only the owner of a folder can.
        await chmod(open, 0o1777)
        await using _fork = await forkOf(snapshot, { at: after.location, wal: folder })
        await rm(open, { recursive: true })
      },
    )

    test('H100: a folder whose owner puts there what is no WAL of his, or more than there can be', async () => {
      const { source } = bench
      await using snapshot = await snapshotOf(source, 'attacked')
      const { after } = await write(source, 400)
      const at = after.location
      const folder = join(bench.archives.led, '..', 'attacked')
      await archive(source, folder)
      const [current] = await source.query<{ name: string }>('SELECT pg_walfile_name($1) AS name', [at])
      const secret = join(bench.archives.led, '..', 'secret')
      await writeFile(secret, '1\t0/0\tsecret\n', { mode: 0o600 })
      const foreign = async (path: string): Promise<void> => {
        await writeFile(path, '1\t0/0\tof another user\n')
        await giveToServerUser(path)
      }
      const owner = serverUser === undefined ? {} : { "another user's": foreign }
      const attacks: Record<string, (path: string) => Promise<unknown>> = {
        'a link': (path) => symlink(secret, path),
        'a pipe': (path) => runner.run('mkfifo', [path]),
        'a file that everybody can write': (path) => writeFile(path, '').then(() => chmod(path, 0o666)),
        ...owner,
      }
      for (const name of [current?.name ?? '', '00000007.history'])
        for (const [what, put] of Object.entries(attacks)) {
          const path = join(folder, name)
          await rm(path, { force: true })
          await put(path)
          const error = await refusal(snapshot, { at, wal: folder })
          expect([what, name, error.code, error.facts.path]).toEqual([what, name, 'PERMISSION_DENIED', path])
          expect(error.message).not.toContain('secret')
          await rm(path)
        }
      await writeFile(join(folder, '00000007.history'), '')
      await truncate(join(folder, '00000007.history'), 1024 ** 4)
      expect(await refusal(snapshot, { at, wal: folder })).toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H63' })
      // Holes, which take no room.
      for (let number = 7; number < 7 + 600; number++) {
        const path = join(folder, `${number.toString(16).toUpperCase().padStart(8, '0')}.history`)
        await writeFile(path, '')
        await truncate(path, 128 * 1024)
      }
      expect(await refusal(snapshot, { at, wal: folder })).toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H100' })
      await rm(folder, { recursive: true })
    })

    test.runIf(serverUser !== undefined)(
      "H100: of a folder that is neither ours nor its owner's, a warning",
      async () => {
        const { source } = bench
        await using snapshot = await snapshotOf(source, 'others')
        const { after } = await write(source, 500)
        const folder = join(bench.archives.led, '..', 'others')
        await mkdir(folder)
        await chown(folder, 12_345, 12_345)
        const warnings: string[] = []
        const onWarning = (text: string): void => void warnings.push(text)
        await using _fork = await forkOf(snapshot, { at: after.location, wal: folder, onWarning })
        expect(warnings.join()).toContain(`${folder} belongs to another user (uid 12345)`)
        await rm(folder, { recursive: true })
      },
    )

    test('H1: a tablespace that the source made on the way', async () => {
      const { source } = bench
      await using snapshot = await snapshotOf(source, 'space')
      const before = await write(source, 4)
      const directory = join(bench.space, 'outside')
      await createTablespace(source, 'outside', directory)
      await source.query('CREATE TABLE far TABLESPACE outside AS SELECT 1 AS id')
      const after = await write(source, 5)
      const files = async () => (await readdir(directory, { recursive: true })).sort()
      const existing = await files()
      const error = await refusal(snapshot, { at: after.after.location })
      expect(error).toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H1', facts: { path: directory } })
      expect(await files()).toEqual(existing)
      await using fork = await forkOf(snapshot, { at: before.after.location })
      expect(await eventsIn(fork)).toContain(4)
      await source.query('DROP TABLE far')
      await source.query('DROP TABLESPACE outside')
    })

    test('H15: a wal_level that was minimal on the way', async () => {
      const { minimal: source } = bench.sources
      await using snapshot = await snapshotOf(source, 'minimal')
      const before = await write(source, 1)
      await source.settings({ wal_level: 'minimal', max_wal_senders: 0 })
      await source.restart()
      await write(source, 2)
      await source.settings({ wal_level: 'replica' })
      await source.restart()
      const after = await write(source, 3)
      const error = await refusal(snapshot, { at: after.before.location })
      expect(error).toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H15' })
      await using fork = await forkOf(snapshot, { at: before.after.location })
      expect(await eventsIn(fork)).toEqual([1])
    })

    test('H79: of a source that is gone: what its archive tells, and no time after that', async () => {
      const { gone: source } = bench.sources
      const { gone: folder } = bench.archives
      await using snapshot = await snapshotOf(source, 'gone')
      const [first] = await writeMany(source, 1, 3)
      await archive(source, folder)
      await source.stop()
      await rename(source.dataDirectory, `${source.dataDirectory}.gone`)
      await using fork = await forkOf(snapshot, { at: first?.after.time ?? '', wal: [folder] })
      expect(await eventsIn(fork)).toEqual([1])
      const late = { at: new Date(), wal: folder }
      expect(await refusal(snapshot, late)).toMatchObject({ code: 'MOMENT_NOT_COVERED' })
      // A file that is too short is no better than none.
      for (const name of await readdir(folder)) await truncate(join(folder, name), 100)
      expect(await refusal(snapshot, { at: first?.after.location ?? '', wal: folder })).toMatchObject({
        code: 'MOMENT_NOT_COVERED',
      })
      await rename(`${source.dataDirectory}.gone`, source.dataDirectory)
    })

    test('options that make no sense are refused before anything is touched', async () => {
      const { source } = bench
      await using snapshot = await snapshotOf(source, 'options')
      const refused: [Partial<CreateForkOptions>, string][] = [
        ...['2026-01-02T14:03:00', '2026-01-02', '', 'now', '0/', { restorePoint: '' }, { before: 0 }].map(
          (at): [Partial<CreateForkOptions>, string] => [{ at }, 'at'],
        ),
        [{ at: new Date(), timeline: 'keep' }, 'timeline'],
        [{ wal: '/tmp' }, 'wal'],
      ]
      for (const [options, option] of refused)
        await expect(forkOf(snapshot, options)).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option } })
    })
  },
)
