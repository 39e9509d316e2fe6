import { closeSync } from 'node:fs'
import { chown, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Directory } from '../../../packages/core/src/files/directory.ts'
import { openToAppend } from '../../../packages/core/src/files/open-to-append.ts'
import { occupyTimelines, vacateTimelines } from '../../../packages/core/src/postgres/files/history-files.ts'
import { removeForkFile, writeForkFile } from '../../../packages/core/src/records/fork-file.ts'
import type { StartableFork } from '../../../packages/core/src/records/fork-record.ts'
import { isRoot, listen, nobody, startSwapping } from '../../support/attacker/index.ts'
import { createContext, makeClone, postgres, takeSnapshot } from '../../support/driver-fixture/index.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

// The owner of a fork exchanges a directory in it and a link to one of root's all the time, while root takes a step of its own there.
// The steps themselves are called: a whole fork for each try would take a second.
describe.runIf(isRoot)('H59: directories are swapped for links while root works', async () => {
  const prepareVictim = async (bench: SourceWorkbench): Promise<string> => {
    const victim = join(bench.storage.path, 'victim')
    await mkdir(join(victim, 'kept'), { recursive: true, mode: 0o700 })
    for (const name of ['fork.json', 'server.log', '00000003.history', 'kept/file'])
      await writeFile(join(victim, name), 'of root', { mode: 0o600 })
    return victim
  }

  async function expectUnharmed(victim: string): Promise<void> {
    const names = (await readdir(victim, { recursive: true })).sort()
    expect(names).toEqual(['00000003.history', 'fork.json', 'kept', 'kept/file', 'server.log'])
    for (const name of names) {
      const found = await lstat(join(victim, name))
      expect(found.uid, name).toBe(0)
      if (found.isFile()) expect(await readFile(join(victim, name), 'utf8'), name).toBe('of root')
    }
  }

  await describeOn('btrfs', {}, (bench) => {
    let fork: Fork
    let record: StartableFork
    let victim: string
    beforeEach(async () => {
      victim = await prepareVictim(bench)
      fork = await bench.fork()
      record = JSON.parse(await readFile(join(bench.stateDirectory, 'forks', `${fork.name}.json`), 'utf8'))
    })
    afterEach(async () => {
      await fork.destroy()
      await rm(victim, { recursive: true })
    })

    const inDirectory = (action: (dataDirectory: Directory) => void): void => {
      using dataDirectory = Directory.open(fork.dataDirectory)
      action(dataDirectory)
    }

    test.each<[string, string, () => unknown]>([
      ['writes fork.json', 'pgfork', () => writeForkFile({ ...record, changes: [String(Math.random())] })],
      ['removes fork.json', 'pgfork', () => removeForkFile(fork.dataDirectory)],
      [
        'opens the log of a start',
        'pgfork',
        () =>
          inDirectory((dataDirectory) => {
            using folder = dataDirectory.openDirectory('pgfork')
            closeSync(openToAppend(folder, 'server.log', postgres))
          }),
      ],
      [
        'occupies timelines and vacates them',
        'pg_wal',
        () =>
          inDirectory((dataDirectory) => {
            occupyTimelines({ dataDirectory, recovered: 1, wanted: 5 }, postgres)
            vacateTimelines(dataDirectory)
          }),
      ],
    ])('root %s', { timeout: timeoutMs }, async (what, name, step) => {
      await fork.stop()
      const [path, link] = [join(fork.dataDirectory, name), join(fork.dataDirectory, 'link')]
      await runner.run('ln', ['-s', victim, link], { user: postgres })
      let failed = 0
      // Steps that follow the link don't see it.
      const deadline = performance.now() + 30_000
      {
        await using _ = await startSwapping(postgres, path, link)
        for (let tried = 0; tried < counts.swaps || (failed < 10 && performance.now() < deadline); tried++) {
          try {
            await step()
            // It keeps its failures to itself.
            if (name === 'pgfork' && (await lstat(path)).isSymbolicLink()) failed++
          } catch {
            failed++
          }
        }
      }
      await expectUnharmed(victim)
      expect(failed).toBeGreaterThanOrEqual(10)
      if ((await lstat(path)).isSymbolicLink()) await runner.run('sh', ['-c', `rm ${path}; mv ${link} ${path}`])
      report(`${what}: ${counts.swaps} tries, ${failed} times the link was seen`)
    })

    test("H80: root connects, and never to another user's server", { timeout: timeoutMs }, async () => {
      const theirs = join(bench.storage.path, 'theirs')
      await mkdir(theirs, { mode: 0o700 })
      const listener = await listen(join(theirs, 'socket'), nobody)
      const { host, port } = fork.connection
      const [socket, link] = [join(host, `.s.PGSQL.${port}`), join(host, 'link')]
      await runner.run('ln', ['-s', listener.path, link], { user: postgres })
      let [connected, refused] = [0, 0]
      {
        await using _ = await startSwapping(postgres, socket, link)
        const deadline = performance.now() + 30_000
        const isShort = () => Math.min(connected, refused) < 10 && performance.now() < deadline
        for (let tried = 0; tried < counts.swaps || isShort(); tried++) {
          try {
            const client = await fork.connect()
            await client.end()
            connected++
          } catch {
            refused++
          }
        }
      }
      expect(listener.visits).toEqual([])
      expect(Math.min(connected, refused)).toBeGreaterThanOrEqual(10)
      await listener.close()
      await rm(theirs, { recursive: true })
      // The server removes its socket by its name.
      if ((await lstat(socket)).isSymbolicLink()) await runner.run('sh', ['-c', `rm ${socket}; mv ${link} ${socket}`])
      report(`connections to a socket that was swapped: ${connected}, ${refused} times the link was seen`)
    })

    test('a source that has a link by the name of pgfork needs no race', async () => {
      const path = join(bench.source.dataDirectory, 'pgfork')
      await runner.run('ln', ['-s', victim, path], { user: postgres })
      try {
        await using other = await bench.fork()
        expect((await lstat(join(other.dataDirectory, 'pgfork'))).isDirectory()).toBe(true)
        await expectUnharmed(victim)
      } finally {
        await rm(path)
      }
    })

    test('nobody but root reaches a clone before its server is about to start', async () => {
      const { driver } = bench.options
      const seen: boolean[] = []
      const canEnter = (path: string): Promise<boolean> =>
        runner.run('ls', [path], { user: postgres }).then(
          () => true,
          () => false,
        )
      const watched: typeof driver = {
        ...driver,
        async attach(clone, context) {
          const path = await driver.attach(clone, context)
          seen.push(await canEnter(path))
          return path
        },
        async handOver(clone, owner, context) {
          const path = await driver.attach(clone, context)
          // Everything is prepared by now.
          await lstat(join(path, 'pgfork'))
          seen.push(await canEnter(path))
          await driver.handOver(clone, owner, context)
          seen.push(await canEnter(path))
        },
      }
      await using other = await bench.fork({ driver: watched })
      expect(seen).toEqual([false, false, true])
      expect(await query(other, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    })
  })

  await describeOn('xfs', {}, (bench) => {
    test('a clone is removed while its owner swaps, and nothing beside it', { timeout: timeoutMs }, async () => {
      const victim = await prepareVictim(bench)
      const source = join(bench.storage.path, 'small')
      await mkdir(join(source, 'inner', 'deep'), { recursive: true })
      for (const name of ['a', 'b', 'c']) await writeFile(join(source, 'inner', 'deep', name), '')
      await symlink(victim, join(source, 'link'))
      await runner.run('chown', ['-Rh', `${postgres.uid}:${postgres.gid}`, source])
      const context = createContext()
      const driver = copy()
      const volume = await driver.locate(source, context)
      const snapshot = await takeSnapshot(driver, volume, 'small', context)
      for (let tried = 0; tried < counts.swaps; tried++) {
        const clone = await makeClone(driver, snapshot, `small-${tried}`, context)
        await using _ = await startSwapping(postgres, join(clone.path, 'inner'), join(clone.path, 'link'))
        await driver.removeClone(clone, context)
      }
      await expectUnharmed(victim)
      await driver.removeSnapshot(snapshot, context)
      await chown(source, 0, 0)
      for (const path of [source, victim]) await runner.run('rm', ['-rf', path])
      report(`clones removed while their owner swapped: ${counts.swaps}`)
    })
  })

  for (const filesystem of ['xfs', 'ext4'] as const)
    await describeOn(filesystem, {}, (bench) => {
      const what = 'H63: what root copies while its owner swaps gives him nothing that he could not read'
      test(what, { timeout: timeoutMs }, async () => {
        const rootOnly = join(bench.storage.path, 'root-only')
        await mkdir(join(rootOnly, 'deep'), { recursive: true, mode: 0o700 })
        // Only the directory above keeps others from them.
        for (const name of ['secret', 'deep/secret'])
          await writeFile(join(rootOnly, name), 'secret of root', { mode: 0o644 })
        const source = join(bench.storage.path, 'small')
        await mkdir(join(source, 'inner', 'deep'), { recursive: true })
        for (const name of ['secret', 'deep/secret']) await writeFile(join(source, 'inner', name), 'his own')
        await symlink(rootOnly, join(source, 'link'))
        await runner.run('chown', ['-Rh', `${postgres.uid}:${postgres.gid}`, source])
        const context = createContext()
        const driver = copy()
        const volume = await driver.locate(source, context)
        let copied = 0
        {
          await using _ = await startSwapping(postgres, join(source, 'inner'), join(source, 'link'))
          for (let tried = 0; tried < counts.swaps; tried++) {
            const snapshot = { volume, name: `small-${tried}` }
            // It fails where what was a directory has become a link; what it left is closed by the folder above.
            const isTaken = await driver.snapshot({ snapshots: [snapshot] }, context).then(
              () => true,
              () => false,
            )
            const found = isTaken ? await readCopies(join(bench.storage.path, '.pgfork')) : []
            copied += found.length
            expect(found.filter(({ uid, mode }) => uid === postgres.uid || (mode & 0o077) !== 0)).toEqual([])
            await driver.removeSnapshot(snapshot, context)
          }
        }
        for (const path of [source, rootOnly]) await runner.run('rm', ['-rf', path])
        report(
          `snapshots of a source whose owner swapped: ${counts.swaps}, ${copied} files of root's copied and closed`,
        )
      })
    })
})

/** Files that hold what is root's, whosever they are now. */
async function readCopies(folder: string): Promise<{ path: string; uid: number; mode: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(
    paths.map(async (path) => {
      if ((await readFile(path, 'utf8')) !== 'secret of root') return []
      const { uid, mode } = await lstat(path)
      return [{ path, uid, mode }]
    }),
  )
  return found.flat()
}
