import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { container, inImage } from '@pgfork/containers'
import { createFork, createSnapshot, listForks, openFork, rebuildState } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { createTemplate, pruneTemplates } from '@pgfork/testing'
import { expect, test } from 'vitest'
import { createCluster } from '../../support/cluster/index.ts'
import { expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { startEngine, startSource } from '../../support/engine/index.ts'
import { byExtent } from '../../support/extent.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
import { createXfs } from '../../support/storage/create-xfs.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

const count = byExtent(3, 10, 50)

await describeEngine(
  'forks in containers, and what happens around them',
  { bound: async (storage) => ['--volume', await boundSubvolume(storage, 'bound')] },
  (bench) => {
    test('H86: compose and testcontainers find none of their labels on a fork, whatever its image has', async () => {
      const foreign = [
        'com.docker.compose.project=shop',
        'com.docker.compose.service=db',
        'org.testcontainers.session-id=abc',
      ]
      const changes = [...foreign, 'vendor=kept'].flatMap((label) => ['--change', `LABEL ${label}`])
      await bench.engine.docker('commit', ...changes, 'bound', 'labelled:1')
      const fork = await bench.fork('bound', { container: { image: 'labelled:1' } })
      const labels = (await bench.inspect(fork))?.Config.Labels ?? {}
      expect(foreign.map((label) => labels[label.split('=')[0] as string])).toEqual(['', '', ''])
      expect(labels.vendor).toBe('kept')
      for (const label of foreign)
        expect(await bench.engine.docker('ps', '--quiet', '--filter', `label=${label}`)).toBe('')
    })

    test('a label or a volume of an image that no record can hold is refused, before anything is made', async () => {
      const changes = ['LABEL "com.docker.compose.odd key"=x']
      await bench.engine.docker('commit', ...changes.flatMap((line) => ['--change', line]), 'bound', 'odd:1')
      await expect(bench.fork('bound', { container: { image: 'odd:1' } })).rejects.toMatchObject({
        ...{ code: 'CONTAINER_REFUSED', message: expect.stringContaining('foreignLabels') },
      })
    })

    test('a fork in a container that flushes nothing warns when it is started after another boot of the machine', async () => {
      await bench.fork('bound', { name: 'unflushed', durability: 'throwaway', lifetime: 'persistent' })
      const warnings: string[] = []
      const fork = await openFork('unflushed', { ...bench.options, onWarning: (warning) => warnings.push(warning) })
      await fork.stop()
      await fork.start()
      expect(warnings).toEqual([])
      await fork.stop()
      const file = join(bench.options.stateDirectory, 'forks', 'unflushed.json')
      const record = JSON.parse(await readFile(file, 'utf8'))
      record.server.container.boot = '0123456789abcdef0123456789abcdef'
      await writeFile(file, JSON.stringify(record))
      await fork.start()
      expect(warnings).toEqual([expect.stringContaining('never flushed anything')])
      await fork.destroy()
    })

    test('H115: a fork takes no more of the machine than its source may', async () => {
      const words = ['--volume', await boundSubvolume(bench.storage, 'limited'), '--ulimit', 'nofile=2048:4096']
      const limits = ['--memory', '700m', '--cpus', '1.5', '--pids-limit', '200', '--cpu-shares', '512']
      await startSource(bench.engine, { name: 'limited', words: [...words, ...limits] })
      try {
        const fork = await bench.fork('limited', { name: 'limited-fork', lifetime: 'persistent' })
        const theirs = JSON.parse(await bench.engine.docker('inspect', 'limited'))[0].HostConfig
        const names = ['Memory', 'MemorySwap', 'NanoCpus', 'PidsLimit', 'CpuShares', 'Ulimits']
        const expected = Object.fromEntries(names.map((name) => [name, theirs[name]]))
        expect(expected.Ulimits).toHaveLength(1)
        expect((await bench.inspect(fork))?.HostConfig).toMatchObject(expected)
        await fork.stop()
        await fork.start()
        expect((await bench.inspect(fork))?.HostConfig).toMatchObject(expected)
        await fork.destroy()
      } finally {
        await bench.engine.docker('rm', '--force', '--volumes', 'limited')
      }
    })

    test('several forks of one snapshot of a container, at the same time', async () => {
      await using snapshot = await createSnapshot({
        ...bench.options,
        source: container('bound'),
        name: 'of-container',
      })
      const forks = await Promise.all([1, 2].map(() => createFork({ ...bench.options, source: snapshot })))
      for (const fork of forks) expect((await bench.inspect(fork))?.Image).toBeDefined()
      expect(new Set(forks.map(({ timeline }) => timeline)).size).toBe(2)
      for (const fork of forks) await fork.destroy()
    })

    test('a fork of a fork runs in a container as well, of one that is stopped too', async () => {
      const fork = await bench.fork('bound')
      await query(fork, 'create table mine as select 1 as one')
      const image = (await bench.inspect(fork))?.Image
      for (const act of [async () => {}, () => fork.stop()]) {
        await act()
        const second = await createFork({ ...bench.options, source: fork, database: 'shop' })
        expect((await bench.inspect(second))?.Image).toBe(image)
        expect(await query(second, 'select one from mine')).toEqual([{ one: 1 }])
        await second.destroy()
      }
    })

    test('servers for tests are made of a container once, and run in its image', async () => {
      await using state = await makeStateDirectory()
      const { path: stateDirectory } = state
      const { driver } = bench.options
      const template = await createTemplate({
        ...{ key: 'of a container', source: container('bound'), stateDirectory, driver, database: 'shop' },
        setup: ({ client }) => client.query('create table prepared as select 1 as one'),
      })
      await using server = await template.fork()
      const client = await server.connect()
      expect((await client.query('select one from prepared')).rows).toEqual([{ one: 1 }])
      const started = await bench.engine.docker(
        'ps',
        '--no-trunc',
        '--format',
        '{{.Image}}',
        '--filter',
        'label=pgfork.data-directory',
      )
      expect(started).toMatch(/^sha256:[0-9a-f]{64}$/)
      await client.end()
      await server[Symbol.asyncDispose]()
      await pruneTemplates({ stateDirectory, driver, all: true })
    })

    test('H77: a fork in a container whose record was lost is opened, stopped and destroyed, and not started in whatever image', async () => {
      const { name, dataDirectory } = await bench.fork('bound', { lifetime: 'persistent' })
      for (const folder of ['forks', 'snapshots']) await rm(join(bench.options.stateDirectory, folder, `${name}.json`))
      const found = await rebuildState({ ...bench.options, path: join(bench.storage.path, 'bind', 'bound') })
      expect(JSON.stringify(found)).toContain(name)
      const fork = await openFork(name, bench.options)
      expect(fork.pid).toBeDefined()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.stop()
      expect(await bench.inspect({ dataDirectory })).toBeUndefined()
      // Which image it ran in is not for a file of the fork's user to say.
      await expect(fork.start()).rejects.toMatchObject({ code: 'STATE_UNUSABLE', hazard: 'H77' })
    })

    test("H117: a fork's user who says that it runs in no container doesn't get out of his own, once its record was lost", async () => {
      const made = await bench.fork('bound', { lifetime: 'persistent' })
      const { name, dataDirectory } = made
      const [file, settings] = [join(dataDirectory, 'pgfork/fork.json'), join(dataDirectory, 'postgresql.conf')]
      // Its image has no program for JSON.
      const script = String.raw`said=$(cat $0); [[ $said =~ (.*)(,[^,]*\"place\":[^}]*\})(.*) ]]
        printf '%s' "${'$'}{BASH_REMATCH[1]}${'$'}{BASH_REMATCH[3]}" > $0
        printf '%s\n' 'archive_mode = on' "archive_command = 'touch /tmp/escaped'" >> $1`
      await bench.engine.docker('exec', (await bench.inspect(made))?.Id ?? '', 'bash', '-c', script, file, settings)
      const said = JSON.parse(await readFile(file, 'utf8'))
      expect(said).toMatchObject({ version: 1 })
      expect(said).not.toHaveProperty('place')
      for (const folder of ['forks', 'snapshots']) await rm(join(bench.options.stateDirectory, folder, `${name}.json`))
      await rebuildState({ ...bench.options, path: join(bench.storage.path, 'bind', 'bound') })
      const fork = await openFork(name, bench.options)
      await fork.stop()
      await expect(fork.start()).rejects.toMatchObject({ code: 'STATE_UNUSABLE', hazard: 'H77' })
      await fork.destroy()
    })

    test('a cluster of the machine is forked into a container of an image', async () => {
      await using cluster = await createCluster({ directory: await bench.storage.createSubvolume('machine') })
      await cluster.query('create table mine as select 1 as one')
      const source = inImage(bench.engine.image, { dataDirectory: cluster.dataDirectory })
      const fork = await createFork({ ...bench.options, source })
      expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
      expect((await bench.inspect(fork))?.Image).toBeDefined()
      await fork.destroy()
    })

    test('H4: without snapshots, a container is copied in a base backup', async () => {
      await using storage = await createXfs()
      await writeFile(join(storage.path, 'here'), '')
      const folder = join(storage.path, 'copied')
      const source = await startSource(bench.engine, {
        name: 'copied',
        words: ['--volume', `${folder}:/var/lib/postgresql/data`],
      })
      try {
        await source.query('create table mine as select 1 as one')
        const fork = await createFork({ ...bench.options, driver: copy(), source: container('copied') })
        expect(fork.verification?.consistency).toBe('backup')
        expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
        await fork.destroy()
      } finally {
        await bench.engine.docker('rm', '--force', '--volumes', 'copied')
      }
    })

    test(`each of ${count} forks of a container under load holds every commit acknowledged before it was asked for`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      const { connection } = bench.sources.bound ?? {}
      if (connection === undefined) throw new Error('there is no source')
      await using oracle = await startOracle({ connection } as never, { writers: 4, payloadBytes: 200 })
      for (let repetition = 1; repetition <= count; repetition++) {
        const acknowledged = oracle.acknowledged()
        await using fork = await bench.fork('bound')
        await expectHolds(fork, acknowledged, oracle.issued())
      }
      await oracle.stop()
    })

    test('after the engine was restarted a persistent fork is there, stopped, and starts again', async () => {
      await using storage = await createBtrfs()
      await using engine = await startEngine(storage.path)
      const words = ['--volume', await boundSubvolume(storage, 'main')]
      await startSource(engine, { name: 'restarted', words })
      const fork = await bench.fork('restarted', { name: 'lasting', lifetime: 'persistent' })
      await engine.restart()
      await engine.docker('start', 'restarted')
      expect((await listForks(bench.options))[0]).toMatchObject({ name: 'lasting', isRunning: false })
      expect(await engine.docker('ps', '--all', '--quiet', '--filter', 'label=pgfork.data-directory')).toBe('')
      await fork.start()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    })
  },
)
