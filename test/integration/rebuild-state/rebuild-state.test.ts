import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  collectGarbage,
  createFork,
  createSnapshot,
  type Fork,
  listForks,
  openFork,
  openSnapshot,
  rebuildState,
} from '@pgfork/core'
import type { DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

const context: DriverContext = { runner, warn: () => {}, progress: () => {} }

/** As its user finds it out: by a dry run in a directory that knows of nothing. */
async function findIdentity(bench: SourceWorkbench, stateDirectory: string, name: string): Promise<string> {
  const options = { ...bench.options, stateDirectory, path: bench.source.dataDirectory, dryRun: true }
  const finding = (await rebuildState(options)).find((found) => found.name === name)
  expect(finding).toMatchObject({ outcome: 'foreign', reason: expect.stringContaining(finding?.identity ?? '-') })
  return finding?.identity ?? ''
}

async function listItems({ options: { driver }, source }: SourceWorkbench): Promise<string[]> {
  const items = await driver.list(await driver.locate(source.dataDirectory, context), context)
  return items.map(({ kind, name }) => `${kind} ${name}`).sort()
}

/** What a process leaves that is killed right after it cloned: all of the source, nothing of it made harmless. */
async function leaveHalf({ options: { driver }, source }: SourceWorkbench, identity: string): Promise<void> {
  const volume = await driver.locate(source.dataDirectory, context)
  const name = `half.${identity}aaaaa`
  await driver.snapshot({ snapshots: [{ volume, name }] }, context)
  await driver.clone({ volume, name, snapshot: { volume, name } }, context)
}

for (const filesystem of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
  await describeOn(filesystem, {}, (bench) => {
    test('when the state directory is lost, forks and snapshots are found in storage and get their records again', async () => {
      await using lost = await makeStateDirectory()
      await using found = await makeStateDirectory()
      const before = { stateDirectory: lost.path }
      const running = await bench.fork({ ...before, lifetime: 'persistent', name: 'running' })
      await query(running, 'CREATE TABLE mine (id int)')
      const stopped = await bench.fork({ ...before, lifetime: 'persistent', name: 'stopped' })
      await stopped.stop()
      await createSnapshot({
        ...{ ...bench.options, ...before },
        source: bench.source.dataDirectory,
        name: 'kept',
      })
      await using foreign = await bench.fork({ name: 'foreign' })
      const foreignItems = (await listItems(bench)).filter((item) => item.includes(' foreign.'))

      const options = { ...bench.options, stateDirectory: found.path }
      const rebuild = (more: object) => rebuildState({ ...options, path: bench.source.dataDirectory, ...more })
      const identity = await findIdentity(bench, found.path, 'running')
      await leaveHalf(bench, identity)
      await rm(lost.path, { recursive: true })

      const others = [{ kind: 'fork', name: 'foreign', outcome: 'foreign' }]
      const ours = (outcome: string) => [
        { kind: 'fork', name: 'half', outcome, isFinished: false, identity },
        { kind: 'snapshot', name: 'kept', outcome, isFinished: true, identity },
        { kind: 'fork', name: 'running', outcome, isFinished: true, identity },
        { kind: 'fork', name: 'stopped', outcome, isFinished: true, identity },
      ]
      expect(await rebuild({ identity, dryRun: true })).toMatchObject([...others, ...ours('listed')])
      expect(await listForks(options)).toEqual([])
      expect(await rebuild({ identity })).toMatchObject([...others, ...ours('rebuilt')])
      expect(await rebuild({ identity })).toMatchObject(others)

      const forks = await listForks(options)
      expect(forks.map(({ name, status, isRunning }) => [name, status, isRunning]).sort()).toEqual([
        ['half', 'creating', false],
        ['running', 'ready', true],
        ['stopped', 'ready', false],
      ])
      const again = await openFork('running', options)
      const { pid, port, timeline, connectionString, sourceTimeline, systemIdentifier } = running
      expect(again).toMatchObject({ pid, port, timeline, connectionString, sourceTimeline, systemIdentifier })
      await again.stop()
      await again.start()
      await query(again, 'SELECT id FROM mine')
      await expect(again.reset()).rejects.toMatchObject({ code: 'RESET_UNAVAILABLE' })
      const started = await openFork('stopped', options)
      await started.start()
      await query(started, 'CREATE TABLE mine (id int)')

      await expect(openFork('half', options)).rejects.toMatchObject({ code: 'FORK_NOT_READY' })
      const snapshot = await openSnapshot('kept', options)
      expect(snapshot).toMatchObject({ isForkable: false, major: undefined, consistency: undefined })
      await expect(createFork({ ...options, source: snapshot })).rejects.toMatchObject({
        code: 'SNAPSHOT_NOT_FORKABLE',
      })
      // H14: whoever was found holds its timeline again.
      const sibling = await createFork({ ...options, source: bench.source.dataDirectory, name: 'sibling' })
      expect(new Set([sibling, again, started].map((fork) => fork.timeline)).size).toBe(3)

      expect(await collectGarbage(options)).toMatchObject([{ kind: 'fork', name: 'half', isRemoved: true }])
      for (const one of [again, started, sibling, snapshot]) await one.destroy()
      expect(await listItems(bench)).toEqual(foreignItems)
      expect(await collectGarbage(options)).toEqual([])
      await query(foreign, 'CREATE TABLE alive (id int)')
    })

    test('a fork whose prepare was not over is never opened: its masking may be half done', async () => {
      await using found = await makeStateDirectory()
      const options = { ...bench.options, stateDirectory: found.path }
      const aborting = new AbortController()
      const findings: object[] = []
      const made = bench.fork({
        name: 'masked',
        signal: aborting.signal,
        async prepare(client) {
          await client.query('CREATE TABLE half_masked ()')
          const identity = await findIdentity(bench, found.path, 'masked')
          findings.push(...(await rebuildState({ ...options, path: bench.source.dataDirectory, identity })))
          await expect(openFork('masked', options)).rejects.toMatchObject({ code: 'FORK_NOT_READY' })
          expect(await collectGarbage(options)).toMatchObject([{ name: 'masked', isRemoved: true }])
          aborting.abort()
        },
      })
      await expect(made).rejects.toMatchObject({ step: 'prepare' })
      expect(findings).toMatchObject([{ name: 'masked', outcome: 'rebuilt', isFinished: false }])
      expect(await listItems(bench)).toEqual([])
    })

    test('what a fork says of itself counts only as far as its storage bears it out', async () => {
      await using found = await makeStateDirectory()
      await using fork = await bench.fork({ name: 'honest' })
      const identity = await findIdentity(bench, found.path, 'honest')
      const path = join(fork.dataDirectory, 'pgfork', 'fork.json')
      const text = await readFile(path, 'utf8')
      const said = JSON.parse(text) as { clones: string[] }
      const lies: readonly [unknown, string | undefined][] = [
        [undefined, 'garbage'],
        [undefined, 'x'.repeat(300_000)],
        [undefined, undefined],
        [undefined, JSON.stringify({ ...said, systemIdentifier: '1' })],
        [undefined, JSON.stringify({ ...said, port: 22 })],
        [undefined, JSON.stringify({ ...said, socketDirectory: '/etc' })],
        [undefined, JSON.stringify({ ...said, clones: [...said.clones, 'more'] })],
        [false, JSON.stringify({ ...said, clones: ['another'] })],
      ]
      const options = { ...bench.options, stateDirectory: found.path }
      for (const [isFinished, lie] of lies) {
        await rm(path)
        if (lie === undefined) await symlink('/etc/passwd', path)
        else await writeAs(fork, path, lie)
        const findings = await rebuildState({ ...options, path: fork.dataDirectory, identity, dryRun: true })
        expect(findings, lie?.slice(0, 500)).toMatchObject([{ name: 'honest', outcome: 'listed', isFinished }])
      }
      await rm(path)
      await writeAs(fork, path, text)
      const honest = await rebuildState({ ...options, path: fork.dataDirectory, identity, dryRun: true })
      expect(honest).toMatchObject([{ name: 'honest', outcome: 'listed', isFinished: true }])
    })
  })

/** As the fork's user can. */
async function writeAs({ dataDirectory }: Fork, path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  await runner.run('chown', ['--reference', dataDirectory, path])
}
