import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { collectGarbage, listForks, openFork, rebuildState } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, onTestFinished, test } from 'vitest'
import { containerNameOf } from '../../../packages/containers/src/launcher/container-name.ts'
import { startElsewhere } from '../../support/elsewhere/index.ts'
import { startSource } from '../../support/engine/index.ts'
import { programArguments } from '../../support/programs/program.ts'
import { query } from '../../support/query.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { readProcess } from '../../support/system/processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'
import { startLocally } from './start-locally.ts'

await describeEngine(
  'containers of others, and forks',
  { bound: async (storage) => ['--volume', await boundSubvolume(storage, 'bound')] },
  (bench) => {
    const { docker } = { docker: (...words: string[]) => bench.engine.docker(...words) }
    const isRunning = async (name: string) =>
      (await docker('inspect', '--format', '{{.State.Running}}', name)) === 'true'
    const startStranger = async (name: string, image: string): Promise<void> => {
      await docker('run', '--detach', '--network', 'none', '--name', name, '--entrypoint', 'sleep', image, '600')
      onTestFinished(async () => void (await docker('rm', '--force', '--volumes', name).catch(() => '')))
    }
    const kill = async (dataDirectory: string): Promise<void> => {
      const { Id } = (await bench.inspect({ dataDirectory })) ?? {}
      await docker('rm', '--force', Id ?? '')
    }
    const elsewhere = async (name: string) => {
      const other = await startElsewhere({ container: true })
      await other.ask('openFork', { stateDirectory: bench.options.stateDirectory, name })
      return other
    }

    test("H86: a container of an image that was made of a fork's has its label, and is left alone", async () => {
      const fork = await bench.fork('bound', { name: 'committed', lifetime: 'persistent' })
      await docker('commit', (await bench.inspect(fork))?.Id ?? '', 'of-fork:1')
      await kill(fork.dataDirectory)
      await startStranger('image-of-fork', 'of-fork:1')
      await fork.destroy()
      expect(await isRunning('image-of-fork')).toBe(true)
      await docker('rm', '--force', 'image-of-fork')
    })

    test("H86: a container that somebody gave a fork's name is neither ended nor taken for the fork", async () => {
      const fork = await bench.fork('bound', { name: 'namesake', lifetime: 'persistent' })
      const { Id } = (await bench.inspect(fork)) ?? {}
      const name = (await docker('inspect', '--format', '{{.Name}}', Id ?? '')).slice(1)
      await kill(fork.dataDirectory)
      await startStranger(name, bench.engine.image)
      await using other = await elsewhere('namesake')
      await other.ask('act', { name: 'namesake', verb: 'stop' })
      expect(await isRunning(name)).toBe(true)
      await expect(fork.start()).rejects.toMatchObject({ message: expect.stringContaining(name) })
      expect(await isRunning(name)).toBe(true)
      await docker('rm', '--force', name)
      await fork.start()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test("H85: a fork's container that was renamed is found where its processes can't be seen", async () => {
      const fork = await bench.fork('bound', { name: 'renamed', lifetime: 'persistent' })
      const { Id } = (await bench.inspect(fork)) ?? {}
      await docker('rename', Id ?? '', 'another-name')
      await using other = await elsewhere('renamed')
      await other.ask('act', { name: 'renamed', verb: 'start' })
      expect(await bench.names()).toBe('another-name')
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test('H85: what a killed server of this machine has left is ended before a container serves its directory', async () => {
      const fork = await bench.fork('bound', { name: 'by-hand', lifetime: 'persistent' })
      await fork.stop()
      const postmaster = await startLocally(fork)
      const looping = query(fork, 'do $$ begin loop end loop; end $$').catch(() => {})
      const findLoop = async () =>
        (await query(fork, `select pid from pg_stat_activity where query like 'do %' and state = 'active'`))[0]?.pid
      const loop = (await waitUntil(findLoop, { timeoutMs: 60_000, what: 'a long statement' })) as number
      process.kill(postmaster.pid, 'SIGKILL')
      onTestFinished(async () => void ((await readProcess(loop)) && process.kill(loop, 'SIGKILL')))
      const hasEnded = async () => (await readProcess(postmaster.pid)) === undefined
      await waitUntil(hasEnded, { timeoutMs: 60_000, what: 'end of the killed server' })
      expect(await readProcess(loop)).toBeDefined()
      await fork.start()
      expect(await readProcess(loop)).toBeUndefined()
      await looping
    })

    test('H87: a maker that is killed before its container has begun leaves none, and no mount for it', async () => {
      const folder = await makeWorkFolder('docker-late')
      const [mark, real] = [join(folder, 'mark'), join(process.env.PATH?.split(':')[0] ?? '', 'docker')]
      const script = `#!/bin/sh
[ "$1 $2" = 'run --detach' ] || exec ${real} "$@"
exec setsid --fork sh -c 'kill -KILL '$PPID'; ${real} "$@" > ${mark}.new 2>&1; mv ${mark}.new ${mark}' sh "$@"`
      await writeFile(join(folder, 'docker'), script)
      await chmod(join(folder, 'docker'), 0o755)
      const data = { source: 'bound', name: 'early', stateDirectory: bench.options.stateDirectory }
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
      const maker = spawn(process.execPath, programArguments('container-program', data), { stdio: 'ignore', env })
      await once(maker, 'exit')
      const read = () => readFile(mark, 'utf8').catch(() => undefined)
      const id = (await waitUntil(read, { timeoutMs: 60_000, what: 'the container of a killed maker' }))?.trim() ?? ''
      expect(id).toMatch(/^[0-9a-f]{64}$/)
      const isGone = () =>
        docker('inspect', id).then(
          () => false,
          () => true,
        )
      const [fork] = await listForks(bench.options)
      const held = join('/run', containerNameOf(fork?.dataDirectory ?? ''))
      try {
        await waitUntil(isGone, { timeoutMs: 30_000, what: 'end of the container of a killed maker' })
        expect(await readdir(held)).toEqual(['1'])
      } finally {
        await collectGarbage(bench.options)
        await rm(folder, { recursive: true })
      }
      await expect(readdir(held)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('H84: no engine of another machine is asked to remove the container of a fork whose record was lost', async () => {
      const { name, dataDirectory } = await bench.fork('bound', { lifetime: 'persistent' })
      for (const folder of ['forks', 'snapshots']) await rm(join(bench.options.stateDirectory, folder, `${name}.json`))
      await rebuildState({ ...bench.options, path: join(bench.storage.path, 'bind', 'bound') })
      let asked = 0
      const before = process.env.DOCKER_HOST ?? ''
      const remote = createServer((client) => {
        asked++
        const engine = connect(before.replace('unix://', ''))
        for (const [one, two] of [
          [client, engine],
          [engine, client],
        ] as const)
          one.on('error', () => {}).pipe(two)
      }).listen(0, '127.0.0.1')
      await once(remote, 'listening')
      const { port } = remote.address() as { port: number }
      process.env.DOCKER_HOST = `tcp://127.0.0.1:${port}`
      try {
        await (await openFork(name, bench.options)).stop()
      } finally {
        process.env.DOCKER_HOST = before
        remote.close()
      }
      expect(asked).toBe(0)
      const isGone = async () => (await bench.inspect({ dataDirectory })) === undefined
      await waitUntil(isGone, { timeoutMs: 30_000, what: 'end of the container' })
    })

    test("H88: what the user's docker puts into the environment of his containers reaches no fork", async () => {
      const folder = await makeWorkFolder('docker-config')
      const proxies = { default: { httpProxy: 'http://me:secret@192.0.2.1:3128' } }
      await writeFile(join(folder, 'config.json'), JSON.stringify({ proxies }))
      process.env.DOCKER_CONFIG = folder
      try {
        const fork = await bench.fork('bound')
        expect((await bench.inspect(fork))?.Config.Env.join()).not.toContain('secret')
      } finally {
        delete process.env.DOCKER_CONFIG
        await rm(folder, { recursive: true })
      }
    })

    test('H110: what pgfork makes of a container lies where root in it can not exchange it, or is refused', async () => {
      // As the engine makes it that is given a path that is not there: of root, and closed to all others on this machine.
      const folder = join(bench.storage.path, 'of-root')
      const words = ['--volume', `${folder}:/var/lib/postgresql`, '--env', 'PGDATA=/var/lib/postgresql/18/docker']
      await startSource(bench.engine, { name: 'of-root', words })
      try {
        const fork = await bench.fork('of-root', { driver: copy() })
        const seen = await docker('exec', '--user', '0', 'of-root', 'ls', '-aR', '/var/lib/postgresql')
        expect(seen).toContain('PG_VERSION')
        expect(seen).not.toContain('.pgfork')
        expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
        await fork.destroy()
        await mkdir(join(folder, 'copies'))
        const inside = bench.fork('of-root', { driver: copy({ directory: join(folder, 'copies') }) })
        await expect(inside).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H110' })
      } finally {
        await docker('rm', '--force', '--volumes', 'of-root')
      }
    })

    test('H84: a data directory whose owner is exchanged in the middle makes no fork of root', async () => {
      const folder = join(bench.storage.path, 'exchanged')
      await mkdir(folder)
      await docker(
        'run',
        '--rm',
        '--network',
        'none',
        '--user',
        '0',
        '--volume',
        `${folder}:/srv`,
        '--entrypoint',
        'sh',
        bench.engine.image,
        '-c',
        'chown postgres /srv; setpriv --reuid=postgres --regid=postgres --clear-groups initdb -D /srv > /dev/null',
      )
      await docker(
        'create',
        '--name',
        'exchanged',
        '--volume',
        `${folder}:/var/lib/postgresql/data`,
        bench.engine.image,
      )
      // Of another image the version is asked for, after the container's files were looked at.
      await docker('commit', 'exchanged', 'exchanged:1')
      const give = async (user: number) => {
        for (const path of [folder, join(folder, 'PG_VERSION')]) await chown(path, user, user)
      }
      const { runner } = bench.options
      const seen: (number | undefined)[] = []
      const exchanging: typeof runner = {
        ...runner,
        async run(file, args, options) {
          if (file === 'docker' && args[0] === 'info') await give(0)
          if (file === 'docker' && args.at(-1)?.endsWith('postgres --version')) await give(999)
          if (file === 'docker' && args.includes('--user'))
            seen.push(Number(args[args.indexOf('--user') + 1]?.split(':')[0]))
          return runner.run(file, args, options)
        },
      }
      try {
        const forking = bench.fork('exchanged', { runner: exchanging, container: { image: 'exchanged:1' } })
        // Nothing is copied for an owner that it may not have.
        await expect(forking).rejects.toMatchObject({
          ...{ code: 'SOURCE_WRONG_OWNER', step: 'inspect' },
          message: expect.stringContaining('given away'),
        })
        expect(seen).not.toContain(0)
      } finally {
        await docker('rm', '--volumes', 'exchanged')
      }
    })
  },
)
