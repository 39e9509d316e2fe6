import { chown, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { listForks, listSnapshots } from '@pgfork/core'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { createCluster } from '../../support/cluster/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { below, copyVolume, createWatcher, deleteVolume, type FarSource, farSource } from './far-bench.ts'

/** Of what is wrong with an image there is a copy of the volume, which the source's server doesn't work in. */
await describeOn('btrfs', { below }, (bench) => {
  let b: FarSource
  let copy: string | undefined

  beforeAll(async () => {
    b = farSource(bench)
    await createWatcher(bench.source)
    await bench.source.query('CREATE TABLE orders (id int)')
  })
  afterEach(async () => {
    if (copy !== undefined) await deleteVolume(copy)
    copy = undefined
    expect(await listForks(bench.options)).toEqual([])
    expect(await listSnapshots(bench.options)).toEqual([])
    expect(await b.far.claims()).toEqual([])
  })

  const forkOfCopy = async (after: () => Promise<unknown> = async () => {}) => {
    copy = await copyVolume(bench, 'copy')
    await after()
    return bench.fork({ source: b.source({ volume: copy }), driver: b.far.driver, checkpoint: false })
  }
  const isNotItsImage = (reason: string) => ({
    code: 'SOURCE_NOT_FOUND',
    hazard: 'H95',
    step: 'sanitize',
    message: expect.stringContaining(reason),
  })

  test('H95: a copy that lacks what was committed since is refused, though it has the last checkpoint', async () => {
    const made = forkOfCopy(() => bench.source.query('INSERT INTO orders VALUES (1)'))
    await expect(made).rejects.toMatchObject(isNotItsImage("its WAL doesn't reach"))
  })

  test('H95: a copy of the time before the last checkpoint is refused', async () => {
    const made = forkOfCopy(() => bench.source.query('CHECKPOINT'))
    await expect(made).rejects.toMatchObject(isNotItsImage('its last checkpoint is at'))
  })

  test('H95: the image of a server that was stopped is refused', async () => {
    const made = forkOfCopy(async () => {
      await rename(join(copy as string, below, 'postmaster.pid'), join(copy as string, below, 'was.pid'))
    })
    await expect(made).rejects.toMatchObject(isNotItsImage('no server works in it'))
  })

  test("H95: another server's image is refused", async () => {
    copy = await bench.directory('copy')
    await using other = await createCluster({ directory: join(copy, below) })
    const made = bench.fork({ source: b.source({ volume: copy }), driver: b.far.driver })
    await expect(made).rejects.toMatchObject(isNotItsImage('it holds the cluster'))
    await other.stop()
  })

  test('H95: a volume without a cluster, or with two, is refused', async () => {
    copy = await bench.directory('copy')
    const made = bench.fork({ source: b.source({ volume: copy }), driver: b.far.driver })
    await expect(made).rejects.toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H95' })
  })

  test('H2: a pg_wal that lies elsewhere is refused once it can be seen', async () => {
    const made = forkOfCopy(async () => {
      const wal = join(copy as string, below, 'pg_wal')
      await rename(wal, join(copy as string, 'wal'))
      await symlink('/srv/wal', wal)
    })
    await expect(made).rejects.toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H2', step: 'sanitize' })
  })

  test('H63: files of a user who is somebody else here are refused', async () => {
    const made = forkOfCopy(() => chown(join(copy as string, below), 65_534, 65_534))
    await expect(made).rejects.toMatchObject({ code: 'SOURCE_WRONG_OWNER', hazard: 'H63', step: 'sanitize' })
  })
})
