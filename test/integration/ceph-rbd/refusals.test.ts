import { rbd } from '@pgfork/driver-rbd'
import { afterEach, expect, test } from 'vitest'
import { createImage } from '../../support/ceph/index.ts'
import { byExtent } from '../../support/extent.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeRbd } from '../../support/workbench/describe-rbd.ts'

await describeRbd('ext4', (bench) => {
  afterEach(async () => expect(await bench.left()).toEqual([]))

  test('H98: a key that may shut out the source is refused, whatever else it may', async () => {
    const { ceph } = bench
    const wide = await ceph.userWith('wide', 'profile rbd', 'profile rbd')
    for (const user of [wide, 'admin'])
      await expect(bench.fork({ driver: bench.driver({ user }) })).rejects.toMatchObject({
        code: 'SETTING_REFUSED',
        hazard: 'H98',
        message: expect.stringContaining(`client.${user}`),
      })
    expect(await ceph.admin('ceph', 'osd', 'blocklist', 'ls')).toBe('')
  })

  const infoOf = async (name: string) =>
    JSON.parse(await bench.ceph.admin('rbd', 'info', `rbd/${name}`, '--format', 'json')) as {
      readonly id: string
      readonly block_name_prefix: string
    }

  /** With the key that the documentation has. */
  const asForks = (file: string, ...words: string[]) =>
    runner.run(file, [...words, '--conf', bench.ceph.conf, '--id', 'forks'])

  test('by accident the key in the documentation neither writes to the source nor removes it, and it sees no other images', async () => {
    const { ceph, image } = bench
    await using other = await createImage(ceph, { sizeMb: 64 })
    const { block_name_prefix: prefix } = await infoOf(image.name)
    const refused: readonly [string, ...string[]][] = [
      ['rados', '--pool', 'rbd', 'put', `${prefix}.0000000000000000`, '/etc/hostname'],
      ['rados', '--pool', 'rbd', 'rm', `${prefix}.0000000000000000`],
      ['rbd', 'rm', '--no-progress', `rbd/${image.name}`],
      ['rbd', 'rename', `rbd/${image.name}`, 'rbd/mine'],
      ['rbd', 'create', '--size', '1M', 'rbd/mine'],
      ['rbd', 'export', '--no-progress', `rbd/${other.name}`, '/dev/null'],
      ['ceph', 'osd', 'blocklist', 'add', '192.0.2.1:0/1', '1'],
      ['ceph', 'auth', 'ls'],
    ]
    for (const words of refused)
      await expect(asForks(...words), words.join(' ')).rejects.toThrow(
        /Operation not permitted|EACCES|access denied|still has watchers/,
      )
  })

  test('what the documentation warns of: who has the key can take the lock, the snapshots and the header of its image', async () => {
    const { ceph } = bench
    const name = 'of-nobody'
    await ceph.admin('rbd', 'create', '--size', '8M', '--image-feature', 'layering,exclusive-lock', `rbd/${name}`)
    try {
      const user = await ceph.user('careless', name)
      const { id } = await infoOf(name)
      const run = (file: string, ...words: string[]) => runner.run(file, [...words, '--conf', ceph.conf, '--id', user])
      const header = `rbd_header.${id}`
      await ceph.admin('rbd', 'snap', 'create', '--no-progress', `rbd/${name}@of-a-backup`)
      await run('rbd', 'snap', 'rm', '--no-progress', `rbd/${name}@of-a-backup`)
      await ceph.admin('rados', '--pool', 'rbd', 'lock', 'get', header, 'rbd_lock', '--lock-cookie', 'auto 1')
      const { lockers } = JSON.parse(
        await ceph.admin('rados', '--pool', 'rbd', 'lock', 'info', header, 'rbd_lock', '--format', 'json'),
      ) as { lockers: { name: string }[] }
      const [owner] = lockers.map((locker) => locker.name)
      await run('rados', '--pool', 'rbd', 'lock', 'break', header, 'rbd_lock', String(owner), '--lock-cookie', 'auto 1')
      await run('rados', '--pool', 'rbd', 'rm', header)
      await expect(ceph.admin('rbd', 'info', `rbd/${name}`)).rejects.toThrow('No such file')
    } finally {
      await ceph.admin('rbd', 'rm', '--no-progress', `rbd/${name}`)
    }
  })

  test('H96: an image without an exclusive lock is refused', async () => {
    await using image = await createImage(bench.ceph, { sizeMb: 64, features: 'layering' })
    const source = { ...bench.remote, volume: rbd.image(`rbd/${image.name}`) }
    await expect(
      bench.fork({ source, driver: bench.driver({ user: await bench.ceph.user('all') }) }),
    ).rejects.toMatchObject({
      code: 'LAYOUT_REFUSED',
      hazard: 'H96',
    })
  })

  test('an image that is not there is missing, and one of others is closed', async () => {
    const fork = (name: string) => bench.fork({ source: { ...bench.remote, volume: rbd.image(`rbd/${name}`) } })
    await expect(fork('never')).rejects.toMatchObject({ code: expect.stringMatching(/COPY_MISSING|PERMISSION_DENIED/) })
    await using image = await createImage(bench.ceph, { sizeMb: 64 })
    await expect(fork(image.name)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  test('H95: a copy of the image is refused, which has the same system identifier', async () => {
    const { ceph, image, source } = bench
    await source.query('CHECKPOINT')
    await ceph.admin('rbd', 'snap', 'create', '--no-progress', `rbd/${image.name}@copied`)
    await ceph.admin(
      'rbd',
      'clone',
      '--rbd-default-clone-format=2',
      '--image-feature',
      'layering,exclusive-lock',
      `rbd/${image.name}@copied`,
      'rbd/copy',
    )
    await source.query('CREATE TABLE later (); CHECKPOINT')
    const user = await ceph.user('all')
    try {
      const made = bench.fork({
        source: { ...bench.remote, volume: rbd.image('rbd/copy') },
        driver: bench.driver({ user }),
      })
      await expect(made).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', hazard: 'H95' })
    } finally {
      await ceph.admin('rbd', 'rm', '--no-progress', 'rbd/copy')
      await ceph.admin('rbd', 'snap', 'rm', '--no-progress', `rbd/${image.name}@copied`)
      await source.query('DROP TABLE later')
    }
  })

  if (byExtent(false, true))
    test('H98: a source that hangs is left alone, and goes on when it is back', async () => {
      const { ceph, image, source } = bench
      const status = async (): Promise<{ watchers: unknown[] }> =>
        JSON.parse(await ceph.admin('rbd', 'status', `rbd/${image.name}`, '--format', 'json'))
      const { pid } = image
      if (pid === undefined) throw new Error('No process has the image open.')
      process.kill(pid, 'SIGSTOP')
      try {
        await waitUntil(async () => (await status()).watchers.length === 0, {
          timeoutMs: 120_000,
          pauseMs: 500,
          what: 'end of the watch of a client that hangs',
        })
        // Its server may hang as well, as soon as it reads what isn't in memory, and is asked first.
        await expect(bench.fork({ timeouts: { sourceStatementMs: 20_000 } })).rejects.toMatchObject({
          code: expect.stringMatching(/^(?:BUSY|CONNECTION_REQUIRED|TIMED_OUT)$/),
        })
        const resolving = bench
          .driver()
          .resolve?.(rbd.image(`rbd/${image.name}`), { runner, warn: () => {}, progress: () => {} })
        await expect(resolving).rejects.toMatchObject({ code: 'BUSY', hazard: 'H98' })
        // What would happen to one that hangs only from here on.
        const snapshot = asForks('rbd', 'snap', 'create', '--no-progress', `rbd/${image.name}@hung`)
        await expect(snapshot).rejects.toMatchObject({ exitCode: 30 })
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      expect(await ceph.admin('ceph', 'osd', 'blocklist', 'ls')).toBe('')
      await source.query('CREATE TABLE afterwards (); DROP TABLE afterwards; CHECKPOINT')
      await using fork = await bench.fork()
      expect(fork.connectionString).toContain('postgresql://')
    })
})
