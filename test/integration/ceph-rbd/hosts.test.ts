import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { collectGarbage, type Fork, openFork } from '@pgfork/core'
import { rbd, removeHost } from '@pgfork/driver-rbd'
import { afterEach, expect, test } from 'vitest'
import { narrowRights } from '../../support/ceph/narrow-rights.ts'
import { query } from '../../support/query.ts'
import { isRunning, listProcesses } from '../../support/system/processes.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeRbd } from '../../support/workbench/describe-rbd.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'

await describeRbd('ext4', (bench) => {
  afterEach(async () => expect(await bench.left()).toEqual([]))

  const isAlive = async (fork: Fork) => expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])

  /** As when the host loses its power: nothing is closed. */
  async function killDaemon(host: string, name = ''): Promise<void> {
    const found = (await listProcesses()).filter(
      ({ command }) =>
        command.startsWith('qemu-storage-daemon') &&
        command.includes(bench.ceph.conf) &&
        command.includes(`/host-${host}/`) &&
        command.includes(`pgfork-c-${host}+${name}`),
    )
    expect(found).toHaveLength(1)
    for (const daemon of found) {
      process.kill(daemon.pid, 'SIGKILL')
      await waitUntil(async () => !(await isRunning(daemon)), { timeoutMs: 30_000, what: 'end of a daemon' })
    }
  }

  test('H97, H99: two hosts fork at once: other timelines, and neither sees, collects or removes what is of the other', async () => {
    const hosts = ['db-b', 'db-c']
    const states = await Promise.all(hosts.map(() => makeStateDirectory()))
    try {
      const made = await Promise.all(
        hosts.map((host, index) =>
          bench.fork({
            driver: bench.driver({ host }),
            name: 'same',
            stateDirectory: states[index]?.path as string,
          }),
        ),
      )
      const [ofB, ofC] = made as [Fork, Fork]
      expect(new Set([1, ofB.timeline, ofC.timeline]).size).toBe(3)
      for (const [index, host] of hosts.entries()) {
        const other = bench.driver({ host: host === 'db-b' ? 'db-c' : 'db-b' })
        await collectGarbage({ driver: other, stateDirectory: states[index]?.path as string })
      }
      // Without any record.
      await using lost = await makeStateDirectory()
      await collectGarbage({ driver: bench.driver({ host: 'db-c' }), stateDirectory: lost.path })
      await ofB.destroy()
      await isAlive(ofC)
      await ofC.reset()
      await isAlive(ofC)
      await ofC.destroy()
    } finally {
      for (const state of states) await state[Symbol.asyncDispose]()
    }
  })

  test("H97, H99: a third host forks another host's fork, which goes first, and of which nothing is left in the end", async () => {
    const ofB = await bench.fork({ name: 'of-b' })
    await query(ofB, 'CREATE TABLE only_there AS SELECT 1 AS id')
    const image = (await bench.left()).find((name) => name.startsWith('pgfork-c-'))
    await using state = await makeStateDirectory()
    const source = { connection: { ...ofB.connection }, volume: rbd.image(`rbd/forks/${image}`) }
    const of = { driver: bench.driver({ host: 'db-c' }), stateDirectory: state.path }
    const ofC = await bench.fork({ ...of, source, name: 'of-c', lifetime: 'persistent' })
    expect(new Set([1, ofB.timeline, ofC.timeline]).size).toBe(3)
    await ofB.destroy()
    await query(ofC, 'INSERT INTO only_there VALUES (2)')
    await ofC.reset()
    expect(await query(ofC, 'SELECT id FROM only_there')).toEqual([{ id: 1 }])
    await ofC.destroy()
  })

  test('H97: forks in different pools have other timelines where one place for these is named', async () => {
    const { ceph, image } = bench
    await ceph.admin('ceph', 'osd', 'pool', 'create', 'other', '8', '8')
    await ceph.admin('rbd', 'pool', 'init', 'other')
    await ceph.admin('rbd', 'namespace', 'create', 'other/forks')
    const { id } = JSON.parse(await ceph.admin('rbd', 'info', `rbd/${image.name}`, '--format', 'json')) as {
      id: string
    }
    const rights = `${narrowRights([{ image: image.name, id }])}, profile rbd pool=other namespace=forks`
    const user = await ceph.userWith('both', 'allow r', rights)
    const driver = (host: string, pool?: string) =>
      bench.driver({ user, host, claims: 'rbd/forks', ...(pool === undefined ? {} : { pool }) })
    await using state = await makeStateDirectory()
    await using here = await bench.fork({ name: 'here', driver: driver('db-b') })
    await using there = await bench.fork({
      ...{ name: 'there', driver: driver('db-c', 'other'), stateDirectory: state.path },
    })
    expect(await ceph.admin('rbd', 'ls', 'other/forks')).toContain('pgfork-c-db-c+there')
    expect(new Set([1, here.timeline, there.timeline]).size).toBe(3)
  })

  test('H99: a fork whose daemon was killed is started again once nobody has its clone open', async () => {
    const fork = await bench.fork({ name: 'killed', lifetime: 'persistent' })
    await query(fork, 'CREATE TABLE kept (); CHECKPOINT')
    await fork.stop()
    await killDaemon('db-b')
    const opened = await openFork('killed', { ...bench.options, driver: bench.driver() })
    await opened.start()
    await query(opened, 'TABLE kept')
    await opened.stop()
    await killDaemon('db-b')
    await opened.destroy()
  })

  /** Opens a clone as another client, which writes nothing. */
  async function openElsewhere(image: string): Promise<AsyncDisposable> {
    const place = { pool: 'rbd', namespace: 'forks', image, conf: bench.ceph.conf }
    const blockdev = JSON.stringify({ driver: 'rbd', 'node-name': 'other', ...place })
    const watcher = spawn('qemu-storage-daemon', ['--blockdev', blockdev], { stdio: 'ignore' })
    const ended = once(watcher, 'exit')
    return {
      async [Symbol.asyncDispose]() {
        watcher.kill()
        await ended
      },
    }
  }

  const cloneOf = async (): Promise<string> =>
    (await bench.left()).find((name) => name.startsWith('pgfork-c-')) ?? 'no clone'

  test('H99: a clone that somebody else has open is neither attached nor removed', async () => {
    const fork = await bench.fork({ name: 'taken', lifetime: 'persistent' })
    await fork.stop()
    await killDaemon('db-b')
    const image = await cloneOf()
    {
      await using _other = await openElsewhere(image)
      const isOpen = { code: 'BUSY', hazard: 'H99', message: expect.stringContaining(`${image} is open at 127.`) }
      await expect(fork.start()).rejects.toMatchObject(isOpen)
      await expect(fork.destroy()).rejects.toMatchObject({ code: 'BUSY', hazard: 'H99' })
    }
    await fork.destroy()
  })

  test('H99: nor is a device mounted that was left of it, as of a process that was killed right before', async () => {
    const fork = await bench.fork({ name: 'half', lifetime: 'persistent' })
    await fork.stop()
    const { stdout } = await runner.run('findmnt', ['-n', '-o', 'TARGET', '--target', fork.dataDirectory])
    await runner.run('umount', [stdout.trim()])
    {
      await using _other = await openElsewhere(await cloneOf())
      await expect(fork.start()).rejects.toMatchObject({ code: 'BUSY', hazard: 'H99' })
    }
    await fork.start()
    await fork.destroy()
  })

  test('H99: what a dead host has is removed when somebody names it, and not while any of it is open', async () => {
    const driver = bench.driver({ host: 'db-c' })
    const names = ['early', 'orphan']
    for (const name of names) await (await bench.fork({ driver, name, lifetime: 'persistent' })).stop()
    const { conf } = bench.ceph
    const volumes = [rbd.image(`rbd/${bench.image.name}`)]
    const remove = () => removeHost('db-c', { volumes, conf, user: 'forks' })
    const all = await bench.left()
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY', hazard: 'H99' })
    await killDaemon('db-c', 'early')
    await waitUntil(async () => (await openedOf(remove)).includes('orphan'), {
      ...{ timeoutMs: 120_000, pauseMs: 1_000, what: 'end of the watch of the first daemon' },
    })
    expect(await bench.left()).toEqual(all)
    await killDaemon('db-c', 'orphan')
    const removed = await waitUntilRemoved(remove)
    expect(removed.map(({ kind }) => kind)).toEqual(['clone', 'clone', 'snapshot', 'snapshot', 'timeline', 'timeline'])
    expect(await bench.left()).toEqual([])
    // What is left of it here.
    for (const name of names) await (await openFork(name, { ...bench.options, driver })).destroy()
  })

  /** The first image of those to be removed that somebody has open. */
  const openedOf = (remove: () => Promise<unknown>): Promise<string> =>
    remove().then(
      () => 'none',
      (error: { facts?: { image?: string } }) => String(error.facts?.image),
    )

  async function waitUntilRemoved(remove: () => ReturnType<typeof removeHost>): ReturnType<typeof removeHost> {
    let removed: Awaited<ReturnType<typeof removeHost>> = []
    await waitUntil(
      async () => {
        removed = await remove().catch((error: { code?: string }) => {
          if (error.code !== 'BUSY') throw error
          return []
        })
        return removed.length > 0
      },
      { timeoutMs: 120_000, pauseMs: 1_000, what: 'end of the watch of a daemon that was killed' },
    )
    return removed
  }
})
