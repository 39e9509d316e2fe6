import { join } from 'node:path'
import type { CreateForkOptions, Fork, SnapshotDriver, SourceOptions } from '@pgfork/core'
import { type RbdOptions, rbd } from '@pgfork/driver-rbd'
import { describe } from 'vitest'
import { type Ceph, createImage, type Mapper, startCeph, type TestImage, whyNoCeph } from '../ceph/index.ts'
import type { Cluster } from '../cluster/index.ts'
import { runner } from '../system/runner.ts'
import { giveToServerUser } from '../system/server-user.ts'
import { describeWorkbench, type Workbench } from './workbench.ts'

/** A source on an image of Ceph RBD, and forks of it as of a server on another host. */
export interface RbdBench extends Omit<Workbench, 'fork'> {
  readonly ceph: Ceph
  readonly image: TestImage
  readonly source: Cluster
  /** As a host knows it that has not mounted the image. */
  readonly remote: SourceOptions
  /** The driver of a host, with the key that the documentation has. */
  driver(options?: RbdOptions): SnapshotDriver
  fork(options?: Partial<CreateForkOptions>): Promise<Fork>
  /** Images and snapshots of ours in the cluster, and claims. */
  left(): Promise<string[]>
}

/** Where the data directory is on the image. */
const below = '15/main'

const obstacle = await whyNoCeph()

export interface RbdBenchOptions {
  readonly sizeMb?: number
  /** Of the source's host, and of those of forks. Kernels on which tests run may have no module for RBD, but `qemu` is everywhere. */
  readonly mapper?: Mapper
}

export async function describeRbd(
  filesystem: 'ext4' | 'xfs',
  tests: (bench: RbdBench) => void,
  { sizeMb = 2048, mapper = 'qemu' }: RbdBenchOptions = {},
): Promise<void> {
  if (obstacle !== undefined) return void describe.skip(`on Ceph RBD, skipped: ${obstacle}`, () => {})
  await describeWorkbench(
    `on Ceph RBD with ${filesystem}${mapper === 'qemu' ? '' : `, mapped by ${mapper}`}`,
    [filesystem],
    (bench) => open(bench, filesystem, { sizeMb, mapper }),
    tests,
  )
}

async function open(
  bench: Workbench,
  filesystem: 'ext4' | 'xfs',
  { sizeMb, mapper }: Required<RbdBenchOptions>,
): Promise<Omit<RbdBench, keyof Omit<Workbench, 'fork'>>> {
  const ceph = bench.use(await startCeph())
  const image = bench.use(await createImage(ceph, { filesystem, sizeMb, mapper }))
  await giveToServerUser(image.path)
  const source = await bench.cluster({ directory: join(image.path, below), settings: { shared_buffers: '32MB' } })
  await source.query('CREATE ROLE watcher LOGIN IN ROLE pg_monitor, pg_checkpoint')
  // initdb was told to flush nothing, which no real one is.
  await runner.run('sync', ['--file-system', image.path])
  const user = await ceph.user('forks', image.name)
  const { port } = source
  const remote = {
    connection: { host: '127.0.0.1', port, user: 'watcher' },
    volume: rbd.image(`rbd/${image.name}`),
  }
  const driver = (options: RbdOptions = {}): SnapshotDriver => {
    const host = options.host ?? 'db-b'
    const directory = join(ceph.folder, `host-${host}`)
    return rbd({ conf: ceph.conf, user, mapper, host, directory, ...options })
  }
  return {
    ...{ ceph, image, source, remote, driver },
    fork: (options = {}) => bench.fork(source, { source: remote, driver: driver(), ...options }),
    async left() {
      const read = async (...words: string[]): Promise<string[]> =>
        JSON.parse(await ceph.admin('rbd', ...words, '--format', 'json')) as string[]
      const claims = await ceph
        .admin('rados', '--pool', 'rbd', '--namespace', 'forks', 'listomapkeys', 'pgfork-claims')
        .then((text) => text.split('\n').filter((name) => name !== ''))
        .catch(() => [])
      const snapshots = (await read('snap', 'ls', '--all', `rbd/${image.name}`)).map((row) => JSON.stringify(row))
      return [...(await read('ls', 'rbd/forks')), ...snapshots, ...claims]
    },
  }
}
