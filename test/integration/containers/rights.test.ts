import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { createFork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { dropPrivilegedFiles } from '../../../packages/core/src/postgres/sanitize/drop-privileged-files.ts'
import { reservePort } from '../../support/cluster/reserve-port.ts'
import { startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

await describeEngine('what root in a container, its server and users of the machine may', {}, (bench) => {
  const docker = (...words: string[]) => bench.engine.docker(...words)
  const withSource = async (
    name: string,
    words: readonly string[],
    act: (source: Awaited<ReturnType<typeof startSource>>) => Promise<void>,
  ) => {
    const source = await startSource(bench.engine, { name, words })
    try {
      await act(source)
    } finally {
      await docker('rm', '--force', '--volumes', name)
    }
  }
  /** As the engine makes it that is given a path that is not there: of root. Its data lie two folders below. */
  const ofRoot = (name: string) => {
    const folder = join(bench.storage.path, name)
    const words = ['--volume', `${folder}:/var/lib/postgresql`, '--env', 'PGDATA=/var/lib/postgresql/18/docker']
    return { dataDirectory: join(folder, '18/docker'), words }
  }
  const seenIn = (name: string) => docker('exec', '--user', '0', name, 'ls', '-aR', '/var/lib/postgresql')

  test('H110: what is mounted in a container is no folder of everybody, whatever modes root in it has given it', () =>
    withSource('opened', ofRoot('opened').words, async () => {
      await docker('exec', '--user', '0', 'opened', 'chmod', '1777', '/var/lib/postgresql')
      const fork = await bench.fork('opened', { driver: copy() })
      expect(await seenIn('opened')).not.toContain('.pgfork')
      await fork.destroy()
    }))

  test('H110: a source that is named by its directory runs in a container all the same', () => {
    const { dataDirectory, words } = ofRoot('by-path')
    return withSource('by-path', words, async ({ connection }) => {
      const fork = await createFork({ ...bench.options, driver: copy(), source: { dataDirectory, connection } })
      expect(await seenIn('by-path')).not.toContain('.pgfork')
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    })
  })

  test('H110: root writes into a file system that lies below a folder that he may only read', async () => {
    await using storage = await createBtrfs()
    const volume = await boundSubvolume(storage, 'read-only')
    await withSource('read-only', ['--volume', volume, '--volume', `${dirname(storage.path)}:/above:ro`], async () => {
      await docker('exec', '--user', '0', 'read-only', 'mkdir', `/above/${basename(storage.path)}/written`)
      await expect(bench.fork('read-only')).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H110' })
    })
  })

  /** cap_setuid+ep, as setcap(8) writes it. */
  const giveCapability = `import os, sys
os.setxattr(sys.argv[1], 'security.capability', bytes.fromhex('0100000280' + '00' * 15))`
  const findCapable = `import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for path in (os.path.join(folder, name) for name in names):
        if 'security.capability' in os.listxattr(path, follow_symlinks=False): print(path)`
  const capableIn = async (path: string) => (await runner.run('python3', ['-c', findCapable, path])).stdout

  test('H82, H118: what root in a container has put into his volume is no right in a fork, nor does he choose its group', async () => {
    const group = 4242
    const volume = await boundSubvolume(bench.storage, 'planted')
    await withSource('planted', ['--volume', volume], async ({ connection }) => {
      const script = `cd /var/lib/postgresql/data && cp /bin/sh of-group && cp /bin/sh of-root && cp /bin/sh base/1/of-server
        cp /bin/sh capable; chown 999:${group} of-group PG_VERSION; chown 999:999 capable; chown 999:999 base/1/of-server; chmod 2755 of-group; chmod 4755 of-root base/1/of-server; chmod g+s base`
      await docker('exec', '--user', '0', 'planted', 'sh', '-c', script)
      const planted = join(bench.storage.path, 'bind', 'planted')
      await runner.run('mknod', [join(planted, 'disk'), 'b', '7', '0'])
      await runner.run('python3', ['-c', giveCapability, join(planted, 'capable')])
      expect(await capableIn(planted)).toBe(join(planted, 'capable'))
      const folder = join(bench.storage.path, 'planted-copies')
      await mkdir(folder, { mode: 0o711 })
      const drivers = [bench.options.driver, copy({ directory: folder })]
      const makers = drivers.flatMap((driver) => [
        () => bench.fork('planted', { driver }),
        () => createFork({ ...bench.options, driver, source: { dataDirectory: planted, connection } }),
      ])
      for (const make of makers) {
        const fork = await make()
        const listed = await runner.run('find', [fork.dataDirectory, '-printf', '%m %y %g %P\n'])
        const found = listed.stdout.split('\n')
        expect(found).toContainEqual(expect.stringContaining('of-root'))
        expect(found.filter((line) => /^[2467]\d{3} f/.test(line))).toEqual([])
        expect(found.filter((line) => /^\d+ [bc]/.test(line))).toEqual([])
        expect(await capableIn(fork.dataDirectory)).toBe('')
        expect((await stat(fork.dataDirectory)).gid).not.toBe(group)
        expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
        await fork.destroy()
      }
    })
  })

  test('H118: an overlay copies no files for it but those that were a right', async () => {
    const folder = join(bench.storage.path, 'overlaid')
    const [lower = '', upper = '', work = '', clone = ''] = ['lower', 'upper', 'work', 'clone'].map((name) =>
      join(folder, name),
    )
    for (const path of [lower, upper, work, clone]) await mkdir(path, { recursive: true })
    for (const name of ['usual', 'of-root']) await writeFile(join(lower, name), '')
    await chmod(join(lower, 'of-root'), 0o4755)
    const layers = `nosuid,nodev,lowerdir=${lower},upperdir=${upper},workdir=${work}`
    await runner.run('mount', ['-t', 'overlay', '-o', layers, 'overlay', clone])
    try {
      await dropPrivilegedFiles(clone, runner)
      expect(await readdir(upper)).toEqual(['of-root'])
      expect((await stat(join(clone, 'of-root'))).mode & 0o7777).toBe(0o755)
    } finally {
      await runner.run('umount', [clone])
    }
  })

  /** Asks for the password of whoever comes, in plain text, and tells what it was given. */
  const takePort = async (port: number, beforeAsking: (taker: Server) => Promise<void> = async () => {}) => {
    const given: string[] = []
    const taker = createServer((client) => {
      client
        .on('error', () => {})
        .once('data', async () => {
          await beforeAsking(taker)
          // AuthenticationCleartextPassword
          client.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
          client.on('data', (answer) => {
            given.push(answer.toString('utf8'))
            client.destroy()
          })
        })
    })
    taker.listen(port, '127.0.0.1')
    await once(taker, 'listening')
    return { given, close: () => taker.close() }
  }
  /** One whose server listens at its socket alone is ready before anybody can ask it. */
  const startSilent = async (name: string, words: readonly string[], ...settings: readonly string[]) => {
    const variables = ['POSTGRES_USER=app', `POSTGRES_PASSWORD=${secret}`, 'POSTGRES_DB=shop']
    const volume = await boundSubvolume(bench.storage, name)
    await docker(
      ...['run', '--detach', '--name', name, ...words, '--volume', volume],
      ...variables.flatMap((variable) => ['--env', variable]),
      ...[bench.engine.image, 'postgres', ...settings.flatMap((setting) => ['-c', setting])],
    )
    const lockFile = join(bench.storage.path, 'bind', name, 'postmaster.pid')
    const isReady = async () => (await readFile(lockFile, 'utf8').catch(() => '')).includes('ready')
    await waitUntil(isReady, { timeoutMs: 60_000, what: 'a server that is ready' })
  }
  const secret = "se cret'"
  const expectFork = async (name: string) => {
    const fork = await bench.fork(name, { database: 'shop' })
    expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    await fork.destroy()
  }

  test("H116: whoever has taken the port of a container's server is not told its password", async () => {
    const { port } = await reservePort()
    const taker = await takePort(port)
    try {
      await startSilent('silent', ['--network', 'host'], `port=${port}`, 'listen_addresses=')
      await expectFork('silent')
      expect(taker.given.join()).not.toContain(secret)
    } finally {
      taker.close()
      await docker('rm', '--force', '--volumes', 'silent')
    }
  })

  test('H116: nor is he when the server listens there by the time that he asks', async () => {
    const { port } = await reservePort()
    const taker = await takePort(port, async (server) => {
      server.close()
      const table = await readFile('/proc/net/tcp6', 'utf8')
      expect(table).toMatch(new RegExp(`:${port.toString(16).padStart(4, '0').toUpperCase()} 0+:0000 0A .* 999 `, 'm'))
    })
    try {
      // Of IPv4 the port is taken, which the server says in its log, and goes on.
      await startSilent('late', ['--network', 'host'], `port=${port}`, 'listen_addresses=*')
      await expectFork('late')
      expect(taker.given.join()).not.toContain(secret)
    } finally {
      taker.close()
      await docker('rm', '--force', '--volumes', 'late')
    }
  })

  test('H116: nor is he who listens at the address where a port is not published', async () => {
    const { port } = await reservePort()
    const taker = await takePort(port)
    await docker('network', 'create', 'published')
    try {
      await startSilent('published', ['--network', 'published', '--publish', `[::]:${port}:5432`])
      await expectFork('published')
      expect(taker.given.join()).not.toContain(secret)
    } finally {
      taker.close()
      await docker('rm', '--force', '--volumes', 'published')
      await docker('network', 'rm', 'published')
    }
  })

  const add = (name: string, ...lines: string[]) =>
    docker(
      ...['exec', '--user', 'postgres', name, 'sh', '-c', `printf '%s\\n' "$@" >> "$0"`],
      ...['/var/lib/postgresql/data/postgresql.conf', ...lines],
    )
  const memoryOf = async (name: string) => {
    await docker('stop', name)
    const fork = await bench.fork(name, { database: 'shop' })
    const [row] = await query(fork, `select current_setting('work_mem') as memory`)
    await fork.destroy()
    return row?.memory
  }

  test('H63: settings behind a folder that the server can not pass are not read', async () => {
    const folder = join(bench.storage.path, 'closed')
    await mkdir(folder, { mode: 0o700 })
    await writeFile(join(folder, 'more.conf'), "work_mem = '9MB'\n", { mode: 0o644 })
    const volume = await boundSubvolume(bench.storage, 'passing')
    await withSource('passing', ['--volume', volume, '--volume', `${folder}:/closed`], async () => {
      await add('passing', "work_mem = '7MB'", "include_if_exists '/closed/more.conf'")
      const reading = docker('exec', '--user', 'postgres', 'passing', 'cat', '/closed/more.conf')
      await expect(reading).rejects.toThrow(/denied/i)
      expect(await memoryOf('passing')).toBe('7MB')
    })
  })

  test('H84: a stopped container whose mount is named by a link is forked with its settings', async () => {
    const link = join(bench.storage.path, 'link')
    const [path = '', inside] = (await boundSubvolume(bench.storage, 'led')).split(':')
    await symlink(path, link)
    await withSource('led', ['--volume', `${link}:${inside}`], async () => {
      await add('led', "work_mem = '7MB'")
      expect(await memoryOf('led')).toBe('7MB')
    })
  })
})
