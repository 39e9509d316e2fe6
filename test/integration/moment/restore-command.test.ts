import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { inspect } from 'node:util'
import {
  type CreateForkOptions,
  collectGarbage,
  createSnapshot,
  describeHistory,
  isPgforkError,
  openFork,
  type PgforkError,
  removeHistory,
  type WalArchiveOption,
} from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterEach, expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { checkout, programArguments } from '../../support/programs/program.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { archive, eventsIn, recordInTurn, sourceMaker, upTo, type Written, write } from './describe-moments.ts'

await describeWorkbench(
  'WAL out of an archive that a command reaches',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage)
    const source = await make('archived')
    const folder = await bench.directory(storage, 'source/archived')
    const snapshot = await createSnapshot({
      source: source.dataDirectory,
      name: 'archived',
      driver: btrfs(),
      ...bench.options,
    })
    return {
      source,
      folder,
      snapshot,
      other: await make('other'),
      recorded: await make('recorded'),
      written: [] as Written[],
    }
  },
  (bench) => {
    const log = () => join(bench.folder, 'asked')
    const landing = () => join(bench.folder, 'landing')
    const fetching = () => `echo %f >> ${log()}; dirname %p > ${landing()}; cp ${bench.folder}/%f "%p"`
    const asked = async () => (await readFile(log(), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

    const forkOf = (options: Partial<CreateForkOptions>, source: Cluster = bench.source) =>
      bench.fork(source, { driver: btrfs(), ...options })

    /** Each row in segments of its own, of which the source keeps none. */
    async function writeArchived(source: Cluster, folder: string, first: number, count: number): Promise<Written[]> {
      const written: Written[] = []
      for (let id = first; id < first + count; id++) {
        written.push(await write(source, id))
        await source.query('SELECT pg_switch_wal()')
      }
      await write(source, first + count)
      await source.query('SELECT pg_switch_wal()')
      await archiveAndForget(source, folder)
      return written
    }

    async function archiveAndForget(source: Cluster, folder: string): Promise<void> {
      for (let round = 0; round < 2; round++) {
        await source.query('SELECT txid_current(); SELECT pg_switch_wal()')
        await archive(source, folder)
        const [current] = await source.query<{ name: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name')
        // What waits to be written again is in no archive.
        for (const name of await readdir(folder))
          await (name > (current?.name ?? '') ? rm(join(folder, name)) : giveToServerUser(join(folder, name)))
        await source.query('CHECKPOINT')
      }
    }

    const written = async () => {
      if (bench.written.length === 0) bench.written.push(...(await writeArchived(bench.source, bench.folder, 1, 5)))
      return bench.written
    }

    /** Nothing is left of what is refused, and no server was started for it. */
    async function refusal(restoreCommand: string, options: Partial<CreateForkOptions> = {}): Promise<PgforkError> {
      const steps: string[] = []
      const [, second] = await written()
      try {
        const fork = await forkOf({
          source: bench.snapshot,
          at: second?.after.location ?? '',
          wal: { restoreCommand },
          onProgress: ({ step }) => void steps.push(step),
          ...options,
        })
        await fork.destroy()
      } catch (error) {
        if (!isPgforkError(error)) throw error
        expect(error.leftBehind).toEqual([])
        expect(steps).not.toContain('start')
        return error
      }
      throw new Error('a fork was made')
    }

    /** Segments of the same names. */
    async function archiveForeign(): Promise<string> {
      const folder = join(bench.folder, 'foreign')
      for (let round = 0; round < 8; round++) await bench.other.query('SELECT txid_current(); SELECT pg_switch_wal()')
      await archive(bench.other, folder)
      for (const name of await readdir(folder)) await giveToServerUser(join(folder, name))
      return folder
    }

    const fetched = () => readdir(join(bench.options.stateDirectory, 'fetched'))
    const isLandingLeft = async () => existsSync((await readFile(landing(), 'utf8')).trim())

    afterEach(async () => {
      await rm(log(), { force: true })
      expect(await fetched()).toEqual([])
    })

    test('H79: only what is needed is fetched, and nothing of it is left but the fork; a reset fetches it again', async () => {
      const [, second] = await written()
      const at = second?.after.location ?? ''
      const request = { source: bench.snapshot, at, wal: { restoreCommand: fetching() }, name: 'of-archive' } as const
      await using fork = await forkOf({ ...request, lifetime: 'persistent' })
      expect(await eventsIn(fork)).toEqual(upTo(2))
      const names = await asked()
      expect(names[0]).toBe('00000002.history')
      // That of the snapshot, which it holds in part, and those of two rows.
      expect(names.slice(1).length).toBeLessThanOrEqual(3)
      expect(new Set(names).size).toBe(names.length)
      expect(await isLandingLeft()).toBe(false)
      const found = await runner
        .run('grep', ['-rlF', log(), fork.dataDirectory, bench.options.stateDirectory])
        .catch(() => ({ stdout: '' }))
      expect(found.stdout).toBe('')

      await fork.reset()
      expect(await eventsIn(fork)).toEqual(upTo(2))
      const opened = await openFork('of-archive', { ...bench.options, driver: btrfs() })
      await expect(opened.reset()).rejects.toMatchObject({
        code: 'RESET_UNAVAILABLE',
        message: expect.stringContaining('reset({ wal })'),
      })
      await opened.reset({ wal: { restoreCommand: fetching() } })
      await opened.reset({ wal: bench.folder })
      expect(await eventsIn(opened)).toEqual(upTo(2))
    })

    test('H79: one archive of several has it; an answer of no is told with what was said', async () => {
      const [, second] = await written()
      const empty = 'echo "nothing here" >&2; exit 3 # %f %p'
      await using fork = await forkOf({
        source: bench.snapshot,
        at: { after: second?.transaction ?? '' },
        wal: [{ restoreCommand: empty }, { restoreCommand: fetching() }],
      })
      expect(await eventsIn(fork)).toEqual(upTo(2))
      const error = await refusal(empty)
      expect(error).toMatchObject({
        code: 'MOMENT_NOT_COVERED',
        message: expect.stringMatching(/The restore command had no [0-9A-F]{24} \(exit status 3: nothing here\)/),
      })
    })

    test('H79: a command that cannot be run, is ended, or leaves no whole segment of this cluster', async () => {
      const foreign = await archiveForeign()
      const failed: [string, RegExp][] = [
        ['no-such-command %f %p', /could not be run \(exit status 127\).*no-such-command/s],
        ['kill -9 $$ # %f %p', /was ended by SIGKILL/],
        ['sh -c "kill -9 \\$\\$ # %f %p"', /was ended by signal 9/],
        ['head -c 1000 /dev/zero > %p # %f', /has 1000 bytes/],
        ['head -c 20000000 /dev/zero > %p # %f', /EFBIG/],
        ['head -c 16777216 /dev/zero > %p # %f', /holds another segment/],
        [': %f %p', /left none/],
        ['ln -s /etc/shadow %p # %f', /left none, or another one/],
        ['mkfifo %p # %f', /is no regular file/],
        ['mkdir %p # %f', /is no regular file/],
        [
          `perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("%p"))' # %f`,
          /left none, or another one/,
        ],
        [`cp ${foreign}/%f %p`, /is of another cluster/],
      ]
      for (const [command, message] of failed) {
        const ofSegments = `case %f in *.history) exit 1;; esac; ${command}`
        const error = await refusal(ofSegments)
        expect([command, error.code]).toEqual([command, 'COMMAND_FAILED'])
        expect(error.message).toMatch(message)
        expect(error.step).toBe('moment')
      }
    })

    test('H100: a command that has the history of every timeline is not asked for ever', async () => {
      const error = await refusal(String.raw`printf "1\t0/2000000\tx\n" > %p; echo %f >> ${log()}`)
      expect(error).toMatchObject({ code: 'COMMAND_FAILED', message: expect.stringContaining('200 timelines') })
      expect(await asked()).toHaveLength(201)
    })

    test('what the command leaves running, such as one that fetches ahead, is not waited for', async () => {
      const [, second] = await written()
      const pids = join(bench.folder, 'pids')
      const restoreCommand = `sleep 300 & echo $! >> ${pids}; ${fetching()}`
      const given = { source: bench.snapshot, at: second?.after.location ?? '', wal: { restoreCommand } }
      try {
        await using fork = await forkOf({ ...given, timeouts: { commandMs: 20_000 } })
        expect(await eventsIn(fork)).toEqual(upTo(2))
      } finally {
        for (const pid of (await readFile(pids, 'utf8')).trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
        await rm(pids)
      }
    })

    test('H29: what the command says of itself is in no error, and its processes end with their time', async () => {
      const marker = 4000 + Math.floor(Math.random() * 900)
      const error = await refusal(`TOKEN=very-secret; sleep ${marker}; cp %f %p`, { timeouts: { commandMs: 8_000 } })
      expect(error).toMatchObject({ code: 'COMMAND_TIMED_OUT', message: expect.stringContaining('timeouts.commandMs') })
      expect(inspect(error, { depth: 20 })).not.toContain('very-secret')
      const sleeping = async () =>
        (await runner.run('pgrep', ['-f', `^sleep ${marker}`]).catch(() => ({ stdout: '' }))).stdout === ''
      await waitUntil(sleeping, { timeoutMs: 30_000, what: 'end of sleep' })
    })

    test('H62: the command runs as the owner of the files, with an environment of its own and without a terminal', async () => {
      const told = join(bench.folder, 'told')
      await refusal(
        `{ id -u; id -g; pwd; echo "$HOME"; env | cut -d= -f1 | sort | tr "\\n" " "; tty; } > ${told}; exit 1 # %f %p`,
      )
      const [uid, gid, directory, home, ...rest] = (await readFile(told, 'utf8')).split('\n')
      await rm(told)
      const owner = serverUser ?? { uid: process.geteuid?.(), gid: process.getegid?.() }
      expect([uid, gid, directory]).toEqual([String(owner.uid), String(owner.gid), '/'])
      if (serverUser !== undefined) expect(home).not.toBe(process.env.HOME)
      expect(rest.join()).toMatch(/not a tty/)
      expect(rest.join()).not.toContain('PGFORK')
      expect(
        rest
          .join()
          .replace(/not a tty.*/s, '')
          .trim()
          .split(' ')
          .sort(),
      ).toEqual(expect.arrayContaining(['HOME', 'LC_ALL', 'PATH']))
    })

    test.skipIf(serverUser === undefined)(
      'H59: a link in the place of the folder that it copies to leads root nowhere',
      async () => {
        const victim = join(bench.folder, 'victim')
        await mkdir(victim)
        await giveToServerUser(victim)
        await writeFile(join(victim, 'kept'), 'kept')
        const swap = `echo %p > ${landing()}; rmdir "$(dirname %p)"; ln -s ${victim} "$(dirname %p)"; exit 1 # %f`
        expect(await refusal(swap)).toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H59' })
        expect(await readdir(victim)).toEqual(['kept'])
        await rm(dirname((await readFile(landing(), 'utf8')).trim()))
        await rm(victim, { recursive: true })
      },
    )

    test('H79: a gap of a history is bridged, as far as the archive goes', async () => {
      const source = bench.recorded
      const folder = join(bench.folder, 'of-recorded')
      await mkdir(folder)
      const request = { source: source.dataDirectory, driver: btrfs(), ...bench.options }
      await recordInTurn(request)
      const [first, second, third] = await writeArchived(source, folder, 1, 3)
      await recordInTurn(request)
      const later = await write(source, 5)
      try {
        const { gaps } = await describeHistory(request)
        expect(gaps).toHaveLength(1)
        const wal = { restoreCommand: `echo %f >> ${log()}; cp ${folder}/%f %p` }
        const lost = forkOf({ at: second?.after.location ?? '' }, source)
        await expect(lost).rejects.toMatchObject({ code: 'MOMENT_NOT_COVERED' })
        for (const at of [second?.after.location, second?.after.time, { after: second?.transaction ?? '' }]) {
          await using fork = await forkOf({ at: at ?? '', wal }, source)
          expect(await eventsIn(fork)).toEqual(upTo(2))
        }
        // The WAL that is kept needs no archive.
        await rm(log())
        await using fork = await forkOf({ at: later.after.location, wal }, source)
        expect(await eventsIn(fork)).toEqual(upTo(5))
        expect((await asked()).filter((name) => !name.endsWith('.history')).length).toBeLessThanOrEqual(1)
        // What comes after all that is kept, and is behind both snapshots.
        await source.query(`SELECT pg_create_restore_point('late'); SELECT pg_switch_wal()`)
        await archiveAndForget(source, folder)
        await using late = await forkOf({ at: { restorePoint: 'late' }, wal }, source)
        expect(await eventsIn(late)).toEqual(upTo(5))
        // Up to the first one that it hasn't.
        const names = (await readdir(folder)).sort()
        for (const name of names.slice(2)) await rm(join(folder, name))
        const half = forkOf({ at: third?.after.location ?? '', wal }, source)
        const error = await half.then(
          () => undefined,
          (reason: PgforkError) => reason,
        )
        expect(error).toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          step: 'inspect',
          facts: { nearestAfter: gaps[0]?.to },
          message: expect.stringContaining('The restore command had no'),
        })
        const { location } = (error as PgforkError).facts.nearestBefore as { location: string }
        expect(location > (gaps[0]?.from.location ?? '')).toBe(true)
        await using nearest = await forkOf({ at: location, wal }, source)
        expect(await eventsIn(nearest)).toContain(first?.id)
      } finally {
        await removeHistory(request)
      }
    })

    test('H79: killed while a command runs, it leaves nothing that a collection does not remove', async () => {
      const [, second] = await written()
      const data = {
        stateDirectory: bench.options.stateDirectory,
        snapshot: bench.snapshot.name,
        at: second?.after.location,
        restoreCommand: `dirname %p > ${landing()}; touch ${log()}; sleep 3 # %f`,
      }
      const child = spawn(process.execPath, programArguments('fork-of-archive-program', data), {
        cwd: checkout,
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      const ended = once(child, 'exit')
      await waitUntil(async () => (await readdir(bench.folder)).includes('asked'), {
        timeoutMs: 60_000,
        what: 'start of the command',
      })
      child.kill('SIGKILL')
      await ended
      expect(await fetched()).toHaveLength(2)
      expect(await isLandingLeft()).toBe(true)
      const collected = await collectGarbage({ ...bench.options, driver: btrfs() })
      expect(collected.filter(({ kind }) => kind === 'temporary file')).toMatchObject([{ isRemoved: true }])
      expect(await isLandingLeft()).toBe(false)
    })

    test('options that make no sense are refused before anything is touched', async () => {
      for (const wal of [{ restoreCommand: 'cp /archive/%f' }, { restoreCommand: '' }, { command: 'x' }, [7]]) {
        const asked = forkOf({ source: bench.snapshot, at: new Date(), wal: wal as WalArchiveOption })
        await expect(asked).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'wal' } })
      }
      const withoutMoment = forkOf({ wal: { restoreCommand: 'cp %f %p' } })
      await expect(withoutMoment).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'wal' } })
    })
  },
)
