import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { ContainerOptions } from '@pgfork/containers'
import { collectGarbage, createRunner, listForks, openFork } from '@pgfork/core'
import { expect, test } from 'vitest'
import { installCommand, runCommandOf } from '../../support/command/index.ts'
import { startElsewhere } from '../../support/elsewhere/index.ts'
import { startSource } from '../../support/engine/index.ts'
import { programArguments } from '../../support/programs/program.ts'
import { query } from '../../support/query.ts'
import { readProcess } from '../../support/system/processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { boundSubvolume, type ContainerFacts, describeEngine } from './container-workbench.ts'
import { startLocally } from './start-locally.ts'

const volume =
  (path: string, ...more: string[]) =>
  async () => ['--volume', path, ...more]

await describeEngine(
  'servers in containers',
  {
    // The server is process 1 here, and there a child of an init.
    named: volume('shop-data:/var/lib/postgresql/data'),
    bound: async (storage) => ['--init', '--volume', await boundSubvolume(storage, 'bound')],
    below: volume('below:/var/lib/postgresql', '--env', 'PGDATA=/var/lib/postgresql/15/main', '--shm-size', '80m'),
  },
  (bench) => {
    const crowd = 'create table crowd as select generate_series(1, 1000) as id'

    test.each(['named', 'bound', 'below'])(
      'the server of the container %s is forked, and the fork runs in its image',
      async (name) => {
        const source = bench.sources[name]
        await source?.query(`drop table if exists crowd; ${crowd}`)
        const volumes = await bench.engine.docker('volume', 'ls', '--quiet')
        const fork = await bench.fork(name, { checkpoint: true })
        expect(fork.verification?.warnings).toEqual([])
        expect(await query(fork, 'select count(*)::int as rows from crowd')).toEqual([{ rows: 1000 }])
        expect(fork.connection).toMatchObject({ user: 'app', database: 'shop' })
        await query(fork, 'delete from crowd')
        expect(await source?.query('select count(*)::int as rows from crowd')).toEqual([{ rows: 1000 }])

        const ours = (await bench.inspect(fork)) as ContainerFacts
        const theirs = JSON.parse(await bench.engine.docker('inspect', name))[0]
        expect(ours.Image).toBe(theirs.Image)
        expect(ours.HostConfig).toMatchObject({
          ...{ NetworkMode: 'host', Init: true, AutoRemove: true, Privileged: false, CapDrop: ['ALL'] },
          ...{ ShmSize: theirs.HostConfig.ShmSize, SecurityOpt: ['no-new-privileges'], PortBindings: {} },
          RestartPolicy: { Name: 'no' },
        })
        expect(ours.Config.Healthcheck?.Test ?? ['NONE']).toEqual(['NONE'])
        expect(ours.Config.Env.join()).not.toContain('POSTGRES_PASSWORD')
        const mounted = ours.Mounts.filter(({ Type }) => Type === 'bind').map(({ Destination }) => Destination)
        expect(mounted).toHaveLength(2)
        expect(mounted).toEqual(expect.arrayContaining([fork.dataDirectory, expect.stringMatching(/^\/tmp\/pgfork-/)]))
        expect(await readdir('/run')).not.toContain(await bench.names())
        expect(ours.Mounts.filter(({ Type }) => Type === 'volume')).toEqual([])

        await fork.destroy()
        expect(await readdir(bench.storage.path)).not.toContain('.pgfork')
        expect(await bench.engine.docker('volume', 'ls', '--quiet')).toBe(volumes)
      },
    )

    test('H63, H84: a stopped container is forked by its files, whose settings are read on its mounts', async () => {
      await bench.sources.named?.query(`alter system set work_mem = '7MB'`)
      await bench.engine.docker('stop', 'named')
      try {
        const fork = await bench.fork('named', { database: 'shop' })
        expect(fork.verification?.warnings).toEqual([])
        expect(
          await query(fork, `select current_setting('work_mem') as mem, count(*)::int as rows from crowd`),
        ).toEqual([{ mem: '7MB', rows: 1000 }])
        expect(fork.connection.user).toBe('app')
        expect((await bench.inspect(fork))?.Config.Env.join()).toContain('PG_MAJOR')
        await fork.destroy()
      } finally {
        await bench.engine.docker('start', 'named')
      }
    })

    test('H88: a fork in a container listens on the loopback alone, and asks for the password of the role', async () => {
      const fork = await bench.fork('bound')
      const listening = (await createRunner().run('cat', ['/proc/net/tcp'])).stdout
      const hexadecimal = fork.port.toString(16).toUpperCase().padStart(4, '0')
      const addresses = [...listening.matchAll(new RegExp(`: ([0-9A-F]{8}):${hexadecimal} 00000000:0000 0A`, 'g'))]
      expect(addresses.map(([, address]) => address)).toEqual(['0100007F'])
    })

    test('H88: the fork of a container that was shut off from the machine is so, too, unless the caller says otherwise', async () => {
      await bench.engine.docker('network', 'create', 'apart')
      const words = ['--volume', 'apart:/var/lib/postgresql/data']
      const { connection } = await startSource(bench.engine, { name: 'apart', words, network: 'apart' })
      expect(connection.host).not.toMatch(/^127/)
      const networkOf = async (given: ContainerOptions = {}) => {
        await using fork = await bench.fork('apart', { container: given })
        expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
        return (await bench.inspect(fork))?.HostConfig.NetworkMode
      }
      try {
        expect(await networkOf()).toBe('none')
        expect(await networkOf({ network: 'host' })).toBe('host')
      } finally {
        await bench.engine.docker('rm', '--force', '--volumes', 'apart')
        await bench.engine.docker('network', 'rm', 'apart')
      }
    })

    test('H88: where a fork has no network, its sockets are all that there is', async () => {
      const fork = await bench.fork('bound', { container: { network: 'none' } })
      expect((await bench.inspect(fork))?.HostConfig.NetworkMode).toBe('none')
      const listening = (await createRunner().run('cat', ['/proc/net/tcp'])).stdout
      expect(listening).not.toMatch(
        new RegExp(`:${fork.port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`),
      )
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test('a persistent fork in a container is stopped, started, reset and persisted as every other', async () => {
      const made = await bench.fork('bound', { name: 'staging' })
      await made.persist()
      const fork = await openFork('staging', bench.options)
      expect(fork.pid).toBe(made.pid)
      await query(fork, 'create table mine (id int)')
      await fork.stop()
      expect((await listForks(bench.options))[0]).toMatchObject({ name: 'staging', isRunning: false })
      expect(await bench.inspect(fork)).toBeUndefined()
      await fork.start()
      expect(await query(fork, `select to_regclass('mine')::text as mine`)).toEqual([{ mine: 'mine' }])
      await fork.reset()
      expect(await query(fork, `select to_regclass('mine')::text as mine`)).toEqual([{ mine: null }])
      // A container that somebody removes is a server that crashed.
      await bench.engine.docker('rm', '--force', (await bench.inspect(fork))?.Id ?? '')
      expect((await listForks(bench.options))[0]).toMatchObject({ isRunning: false })
      await fork.start()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test('H85: no second server is started beside that of a container, neither here nor where it can not be seen', async () => {
      const fork = await bench.fork('bound', { name: 'theirs', lifetime: 'persistent' })
      await expect(startLocally(fork)).rejects.toMatchObject({ code: 'BUSY' })
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      // From there only the engine can tell, and end it.
      await using other = await startElsewhere({ container: true })
      await other.ask('openFork', { stateDirectory: bench.options.stateDirectory, name: 'theirs' })
      const before = await bench.inspect(fork)
      await other.ask('act', { name: 'theirs', verb: 'start' })
      expect((await bench.inspect(fork))?.Id).toBe(before?.Id)
      await other.ask('act', { name: 'theirs', verb: 'stop' })
      expect(await bench.inspect(fork)).toBeUndefined()
      expect((await listForks(bench.options))[0]).toMatchObject({ isRunning: false })
    })

    test('H87: a fork goes with the process that made it, however that ends, and leaves no container', async () => {
      const { stateDirectory } = bench.options
      const data = { source: 'bound', name: 'orphan', stateDirectory }
      const maker = spawn(process.execPath, programArguments('container-program', data), {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(createInterface({ input: maker.stdout }), 'line')) as [string]
      const { pid, dataDirectory } = JSON.parse(line)
      expect(await bench.inspect({ dataDirectory })).toBeDefined()
      maker.kill('SIGKILL')
      await once(maker, 'exit')
      const isGone = async () =>
        (await readProcess(pid)) === undefined && (await bench.inspect({ dataDirectory })) === undefined
      await waitUntil(isGone, { timeoutMs: 60_000, what: 'end of the container of a killed maker' })
      expect(await collectGarbage(bench.options)).toMatchObject([{ name: 'orphan', isRemoved: true }])
      expect(await readdir(join(bench.storage.path, 'bind'))).toEqual(['bound'])
    })

    test('the command forks a container, tells where the fork runs, and looks at the engine', async () => {
      const { stateDirectory } = bench.options
      await using command = await installCommand()
      const pgfork = runCommandOf(command.path, { PGFORK_STATE_DIRECTORY: stateDirectory }, command.folder)
      const made = await pgfork(['create', '--container', 'bound', '--name', 'by-command', '--json'])
      expect(made.json()).toMatchObject({ name: 'by-command', place: 'container', isRunning: true, warnings: [] })
      expect((await pgfork(['list'])).stdout).toMatch(/by-command +running, in a container/)
      await pgfork(['stop', 'by-command'])
      expect((await pgfork(['list'])).stdout).toMatch(/by-command +stopped, in a container/)
      expect((await pgfork(['start', 'by-command'])).status).toBe(0)
      expect((await pgfork(['destroy', 'by-command', '--yes'])).status).toBe(0)
      const { findings } = (await pgfork(['doctor', '--container', 'bound', '--json'])).json<{
        findings: readonly { check: string; status: string }[]
      }>()
      const statusOf = (name: string) => findings.find(({ check }) => check === name)?.status
      expect(['machine.containers', 'source.found', 'source.binaries'].map(statusOf)).toEqual(['ok', 'ok', undefined])
      const failed = await pgfork(['create', '--container', 'nobody', '--json'])
      expect(JSON.parse(failed.stdout || failed.stderr)).toMatchObject({ error: { code: 'CONTAINER_NOT_FOUND' } })
      await rm(join(stateDirectory, 'outcomes'), { recursive: true, force: true })
    })
  },
)
