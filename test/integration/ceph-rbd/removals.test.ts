import { openFork } from '@pgfork/core'
import { rbd, removeHost } from '@pgfork/driver-rbd'
import { afterEach, expect, test } from 'vitest'
import { narrowRights } from '../../support/ceph/narrow-rights.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeRbd } from '../../support/workbench/describe-rbd.ts'

await describeRbd('ext4', (bench) => {
  afterEach(async () => expect(await bench.left()).toEqual([]))

  test('H98: a key that may shut out the source removes nothing, and what is to be removed stays known', async () => {
    const fork = await bench.fork({ name: 'wide', lifetime: 'persistent' })
    await fork.stop()
    const left = await bench.left()
    const byAdmin = await openFork('wide', { ...bench.options, driver: bench.driver({ user: 'admin' }) })
    for (const attempt of [() => byAdmin.reset(), () => byAdmin.destroy()])
      await expect(attempt()).rejects.toMatchObject({ code: 'SETTING_REFUSED', hazard: 'H98' })
    expect(await bench.left()).toEqual(left)
    expect(await bench.ceph.admin('ceph', 'osd', 'blocklist', 'ls')).toBe('')
    await fork.destroy()
  })

  test('H98: a key of before, which is not told what clones were made of, removes them by their records', async () => {
    const { ceph, image } = bench
    const { id } = JSON.parse(await ceph.admin('rbd', 'info', `rbd/${image.name}`, '--format', 'json')) as {
      id: string
    }
    const rights = narrowRights([{ image: image.name, id }]).split(', ')
    const before = rights.filter((right) => !right.includes('rbd_trash'))
    expect(before).toHaveLength(rights.length - 1)
    const driver = bench.driver({ user: await ceph.userWith('before', 'allow r', before.join(', ')) })
    const warnings: string[] = []
    // The snapshot of one stays, that of the other goes with it.
    for (const resettable of [true, false]) {
      const fork = await bench.fork({ name: 'told', driver, lifetime: 'persistent', resettable })
      await fork.destroy()
      expect(await bench.left()).toEqual([])
    }
    // What stays for a fork of it has no record of its own.
    const fork = await bench.fork({ name: 'first', driver, lifetime: 'persistent' })
    const child = await bench.fork({ name: 'child', source: fork, driver, lifetime: 'persistent' })
    await fork.destroy()
    await child.destroy()
    expect(await bench.left()).toEqual([
      expect.stringContaining('pgfork-r-db-b+'),
      expect.stringContaining('pgfork-s-db-b+first'),
    ])
    const next = await bench.fork({
      name: 'next',
      driver,
      lifetime: 'persistent',
      onWarning: (text) => warnings.push(text),
    })
    await next.destroy()
    expect(warnings).toContainEqual(expect.stringMatching(/pgfork-r-db-b.*stays.*rbd_trash/))
    const last = await bench.fork({ name: 'last', lifetime: 'persistent' })
    await last.destroy()
  })

  /** While another image has the name of the source's. */
  async function whileRenamed(act: (name: string) => Promise<void>): Promise<void> {
    const { ceph, image } = bench
    // No name that the key may find an image by.
    const name = `was-${image.name}`
    const [was, is] = [`rbd/${name}`, `rbd/${image.name}`]
    await ceph.admin('rbd', 'rename', is, was)
    try {
      await ceph.admin('rbd', 'create', '--size', '1M', is)
      await act(name)
    } finally {
      await ceph.admin('rbd', 'rm', '--no-progress', is)
      await ceph.admin('rbd', 'rename', was, is)
    }
  }

  test('H72: the snapshots of a source that was renamed are removed from it, although another image has its name', async () => {
    const fork = await bench.fork({ name: 'renamed', lifetime: 'persistent' })
    await fork.stop()
    await whileRenamed(async (name) => {
      await fork.destroy()
      expect(await bench.ceph.admin('rbd', 'snap', 'ls', '--all', `rbd/${name}`)).toBe('')
    })
  })

  test('H72: a reset of a fork whose source was renamed gives nothing up', async () => {
    await using fork = await bench.fork({ name: 'reset' })
    await query(fork, 'CREATE TABLE kept AS SELECT 1 AS id')
    await whileRenamed(async () => {
      await expect(fork.reset()).rejects.toMatchObject({ code: 'STORAGE_MISSING', hazard: 'H72' })
      expect(await query(fork, 'SELECT id FROM kept')).toEqual([{ id: 1 }])
    })
    await fork.reset()
    await expect(query(fork, 'TABLE kept')).rejects.toThrow('kept')
  })

  test('H97: what a dead host had is not taken from another one that has it by now', async () => {
    const { ceph, image } = bench
    const objects = ['--pool', 'rbd', '--namespace', 'forks']
    const take = async (host: string): Promise<void> => {
      await ceph.admin('rados', ...objects, 'setomapval', 'pgfork-claims', '7000.9', '')
      await ceph.admin('rados', ...objects, 'lock', 'get', 'pgfork-t-7000.9', 'claim', '--lock-cookie', `${host}+one`)
    }
    const has = () => ceph.admin('rados', ...objects, 'lock', 'info', 'pgfork-t-7000.9', 'claim')
    await ceph.admin('rbd', 'snap', 'create', '--no-progress', `rbd/${image.name}@pgfork-s-db-x+one`)
    await take('db-x')
    let isFirst = true
    const removed = await removeHost('db-x', {
      ...{ volumes: [rbd.image(`rbd/${image.name}`)], conf: ceph.conf, user: 'forks', host: 'db-b' },
      runner: {
        ...runner,
        async run(file, args, options) {
          // Another one that removes the same host is faster, and its number is given to a fork.
          if (args.includes('rm') && isFirst) {
            isFirst = false
            await ceph.admin('rados', ...objects, 'rm', 'pgfork-t-7000.9')
            await take('db-z')
          }
          return runner.run(file, args, options)
        },
      },
    })
    expect(removed.map(({ kind }) => kind)).toEqual(['snapshot', 'timeline'])
    expect(await has()).toContain('db-z+one')
    expect(await bench.left()).toEqual(['7000.9'])
    await removeHost('db-z', {
      ...{ volumes: [rbd.image(`rbd/${image.name}`)], conf: ceph.conf, user: 'forks', host: 'db-b' },
    })
  })

  if (byExtent(false, true))
    test('H98: what is removed of a source that hangs takes no lock from it, and goes when it is back', async () => {
      const { ceph, image, source } = bench
      const ask = (...words: string[]) => ceph.admin('rbd', ...words, `rbd/${image.name}`, '--format', 'json')
      const own = await bench.fork({ name: 'own', lifetime: 'persistent' })
      // Its snapshot was removed when it was made, and goes with it.
      const last = await bench.fork({ name: 'last', lifetime: 'persistent', resettable: false })
      const forks = [own, last]
      for (const fork of forks) await fork.stop()
      const byAdmin = await openFork('own', { ...bench.options, driver: bench.driver({ user: 'admin' }) })
      const snapshots = await ask('snap', 'ls', '--all')
      const { pid } = image
      if (pid === undefined) throw new Error('No process has the image open.')
      const locks = await ask('lock', 'ls')
      process.kill(pid, 'SIGSTOP')
      try {
        await waitUntil(async () => JSON.parse(await ask('status')).watchers.length === 0, {
          ...{ timeoutMs: 120_000, pauseMs: 500, what: 'end of the watch of a client that hangs' },
        })
        await expect(byAdmin.destroy()).rejects.toMatchObject({ code: 'SETTING_REFUSED' })
        for (const fork of forks)
          await expect(fork.destroy(), fork.name).rejects.toMatchObject({ code: 'BUSY', hazard: 'H98' })
        expect(await ask('lock', 'ls')).toBe(locks)
        expect(await ask('snap', 'ls', '--all')).toBe(snapshots)
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      expect(await ceph.admin('ceph', 'osd', 'blocklist', 'ls')).toBe('')
      await source.query('CREATE TABLE afterwards (); DROP TABLE afterwards; CHECKPOINT')
      for (const fork of forks) await fork.destroy()
    })
})
