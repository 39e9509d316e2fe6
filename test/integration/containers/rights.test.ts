import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { createFork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
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

  test("H116: whoever has taken the port of a container's server is not told its password", async () => {
    const words = ['--volume', await boundSubvolume(bench.storage, 'silent')]
    const { port, connection } = await startSource(bench.engine, { name: 'loud', words })
    await docker('rm', '--force', 'loud')
    const variables = [`POSTGRES_USER=${connection.user}`, `POSTGRES_PASSWORD=${connection.password}`]
    const given: string[] = []
    const taker = createServer((client) => {
      client
        .on('error', () => {})
        .once('data', () => {
          // AuthenticationCleartextPassword
          client.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
          client.on('data', (answer) => {
            given.push(answer.toString('utf8'))
            client.destroy()
          })
        })
    })
    try {
      await docker(
        ...['run', '--detach', '--name', 'silent', '--network', 'host', ...words],
        ...variables.flatMap((variable) => ['--env', variable]),
        ...[bench.engine.image, 'postgres', '-c', `port=${port}`, '-c', 'listen_addresses='],
      )
      taker.listen(port, '127.0.0.1')
      await once(taker, 'listening')
      const lockFile = join(bench.storage.path, 'bind', 'silent', 'postmaster.pid')
      const isReady = async () => (await readFile(lockFile, 'utf8').catch(() => '')).includes('ready')
      await waitUntil(isReady, { timeoutMs: 60_000, what: 'a server that listens at its socket alone' })
      const fork = await bench.fork('silent', { database: 'shop' })
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(given.join()).not.toContain(connection.password)
      await fork.destroy()
    } finally {
      taker.close()
      await docker('rm', '--force', '--volumes', 'silent')
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
