import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, describe, expect, test } from 'vitest'
import { createImage, createMountNamespace, startCeph, whyNoCeph } from '../../support/ceph/index.ts'
import { letIn, offerTls } from '../../support/cluster/index.ts'
import { installCommand } from '../../support/command/index.ts'
import { createTwoHosts } from '../../support/network/two-hosts.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { expectDocumented } from '../cli/documented-json.ts'

const password = 'of-the-watcher'
const obstacle = await whyNoCeph()

if (obstacle !== undefined) describe.skip(`a fork on another host, skipped: ${obstacle}`, () => {})
else
  await describeWorkbench(
    'two hosts, each with a network and mounts of its own',
    ['xfs'],
    async (bench) => {
      const hosts = bench.use(await createTwoHosts())
      const [a, b] = [hosts.primary, hosts.standby]
      const ceph = bench.use(await startCeph(a.prefix, a.address))
      const image = bench.use(await createImage(ceph, { filesystem: 'xfs', sizeMb: 1024, prefix: a.prefix }))
      await giveToServerUser(image.path)
      const source = await bench.cluster({
        directory: join(image.path, 'main'),
        networkNamespace: a.namespace,
        settings: { listen_addresses: '*', shared_buffers: '32MB' },
      })
      await source.query(`CREATE ROLE watcher LOGIN PASSWORD '${password}' IN ROLE pg_monitor, pg_checkpoint`)
      await letIn(source, [`hostssl all watcher ${b.address}/32 md5`])
      await offerTls(source)
      // initdb was told to flush nothing, which no real one is.
      await runner.run('sync', ['--file-system', image.path])
      const mounts = bench.use(await createMountNamespace([image.path]))
      const command = bench.use(await installCommand())
      const user = await ceph.user('forks', image.name)
      const options = { conf: ceph.conf, user, mapper: 'qemu', host: 'db-b', directory: join(ceph.folder, 'clones') }
      const config = join(command.folder, 'pgfork.config.json')
      await writeFile(config, JSON.stringify({ drivers: { rbd: options } }))
      return { a, b, ceph, image, source, mounts, command, config }
    },
    (bench) => {
      // They stay, for metrics.
      afterAll(() => rm(join(bench.options.stateDirectory, 'outcomes'), { recursive: true, force: true }))
      /** On host B. */
      const onB = async (...words: string[]): Promise<{ stdout: string; stderr: string }> => {
        const [file = '', net = ''] = bench.b.prefix
        return execa(file, [net, bench.mounts.word, '--', ...words], {
          ...{ cwd: bench.command.folder, timeout: 240_000, stdin: 'ignore' },
          env: { PGFORK_STATE_DIRECTORY: bench.options.stateDirectory, PGPASSWORD: password },
        })
      }
      const run = (...words: string[]) => {
        const config = words.includes('--config') ? [] : ['--config', bench.config]
        const [verb = '', ...others] = words
        return onB(process.execPath, '--throw-deprecation', bench.command.path, verb, ...config, ...others)
      }
      const pgfork = async (...words: string[]): Promise<string> => (await run(...words)).stdout

      test('the command forks a server whose image only the other host has mounted, and leaves nothing', async () => {
        const { source, image, ceph, a } = bench
        await source.query('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)')
        await mkdir(join(ceph.folder, 'clones'), { recursive: true })
        expect((await onB('ls', image.path)).stdout).toBe('')
        const url = `postgresql://watcher@${a.address}:${source.port}/postgres?sslmode=no-verify`
        const volume = `rbd:rbd/${image.name}`
        const made = JSON.parse(await pgfork('create', url, '--volume', volume, '--name', 'far', '--json'))
        await source.query('INSERT INTO orders VALUES (2)')
        const count = (of: string) => pgfork('psql', of, '--', '-AtXc', 'SELECT count(*) FROM orders')
        expect(await count('far')).toBe('1')
        await pgfork('create', '--fork', 'far', '--name', 'of-fork')
        await pgfork('reset', 'far', '--yes')
        for (const name of ['far', 'of-fork']) expect(await count(name)).toBe('1')
        const listed = JSON.parse(await pgfork('list', '--json'))
        expect(JSON.stringify(listed)).toContain('of-fork')
        for (const name of ['far', 'of-fork']) await pgfork('destroy', name, '--yes')
        expect(await ceph.admin('rbd', 'ls', 'rbd/forks')).toBe('')
        expect(await ceph.admin('rbd', 'snap', 'ls', '--all', `rbd/${image.name}`)).toBe('')
        expect(made).toMatchObject({ name: 'far' })
      })

      test('a dry run tells what create would run, changes nothing, and is what is run then', async () => {
        const { source, image, ceph, a } = bench
        const url = `postgresql://watcher@${a.address}:${source.port}/postgres?sslmode=no-verify`
        const words = ['create', url, '--volume', `rbd:rbd/${image.name}`, '--name', 'rehearsed']
        const told = JSON.parse(await pgfork(...words, '--dry-run', '--json')) as {
          commands: string[][]
          looked: number
          open: string[]
        }
        expect(await ceph.admin('rbd', 'ls', 'rbd/forks')).toBe('')
        expect(await ceph.admin('rbd', 'snap', 'ls', '--all', `rbd/${image.name}`)).toBe('')
        const { stderr } = await run('create', ...words.slice(1), '--commands', '--quiet')
        await pgfork('destroy', 'rehearsed', '--yes')
        const ran = stderr.split('\n').filter((line) => line.startsWith('$ '))
        const changing = told.commands.slice(told.looked).map(([file = '', ...others]) => [file, others[0]].join(' '))
        const names = ran.map((line) => line.slice(2).split(' ').slice(0, 2).join(' '))
        expect(told.open).toEqual([])
        // It takes four times as long to start as the library that it uses.
        expect(told.commands.filter(([file]) => file === 'ceph')).toEqual([])
        expect(names.slice(-changing.length)).toEqual(changing)
        const paths = told.commands.at(-1)
        expect(paths?.at(-1)).toMatch(/clones\/rehearsed[.].*\/<data directory>$/)
      })

      test('H99: remove-host tells what a dead host has left, removes it when somebody is sure, and leaves alone what is of others', async () => {
        const { ceph, image } = bench
        const objects = ['--pool', 'rbd', '--namespace', 'forks']
        /** As a fork leaves it whose host has died. */
        const leave = async (host: string): Promise<void> => {
          const snapshot = `rbd/${image.name}@pgfork-s-${host}+one`
          const options = ['--rbd-default-clone-format=2', '--image-feature', 'layering,exclusive-lock']
          await ceph.admin('rbd', 'snap', 'create', '--no-progress', snapshot)
          await ceph.admin('rbd', 'clone', ...options, snapshot, `rbd/forks/pgfork-c-${host}+one`)
          await ceph.admin('rados', ...objects, 'setomapval', 'pgfork-claims', `1.${host}`, '')
          const lock = ['lock', 'get', `pgfork-t-1.${host}`, 'claim', '--lock-cookie', `${host}+one`]
          await ceph.admin('rados', ...objects, ...lock)
        }
        const left = async (): Promise<string> =>
          (await ceph.admin('rbd', 'ls', 'rbd/forks')) +
          (await ceph.admin('rbd', 'snap', 'ls', '--all', `rbd/${image.name}`)) +
          (await ceph.admin('rados', ...objects, 'listomapkeys', 'pgfork-claims'))
        await leave('db-x')
        await leave('db-y')
        const before = await left()
        const remove = (host: string, ...words: string[]) =>
          pgfork('remove-host', host, '--volume', `rbd:rbd/${image.name}`, ...words)
        const remnants = [
          { kind: 'clone', name: 'one' },
          { kind: 'snapshot', name: 'one' },
          { kind: 'timeline', name: '1.db-x' },
        ]
        const found = JSON.parse(await remove('db-x', '--dry-run', '--json'))
        expect(found).toEqual({ host: 'db-x', remnants, isRemoved: false, warnings: [] })
        expectDocumented('remove-host', found)
        await expect(remove('db-x')).rejects.toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining('Remove 1 fork and 1 snapshot of db-x'),
        })
        // Its own name, as its configuration has it.
        await expect(remove('db-b', '--yes')).rejects.toMatchObject({ exitCode: 2 })
        expect(await left()).toBe(before)
        expect(JSON.parse(await remove('db-x', '--yes', '--json'))).toMatchObject({ remnants, isRemoved: true })
        expect(await left()).not.toContain('db-x')
        expect((await left()).match(/db-y/g)).toHaveLength(3)
        await remove('db-y', '--yes')
        expect(await remove('db-y', '--yes')).toBe('There is nothing of db-y.')
        expect(await left()).toBe('')
      })

      test('H98: doctor tells whether the key may shut out the source', async () => {
        const { source, image, ceph, a, command, config } = bench
        const url = `postgresql://watcher@${a.address}:${source.port}/postgres?sslmode=no-verify`
        const words = ['doctor', url, '--volume', `rbd:rbd/${image.name}`, '--json']
        const of = async (...more: string[]): Promise<unknown> =>
          (JSON.parse(await pgfork(...words, ...more)) as { findings: unknown[] }).findings
        expect(await of()).toContainEqual(expect.objectContaining({ check: 'source.key', status: 'ok' }))
        const wide = join(command.folder, 'wide.config.json')
        await writeFile(wide, JSON.stringify({ drivers: { rbd: { conf: ceph.conf } } }))
        expect(config).not.toBe(wide)
        const found = await of('--config', wide).catch(({ stdout }) => JSON.parse(stdout).findings)
        expect(found).toContainEqual(
          expect.objectContaining({ check: 'source.key', status: 'problem', message: expect.stringContaining('H98') }),
        )
      })
    },
  )
