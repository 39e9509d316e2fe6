import { join } from 'node:path'
import { createFork, type Fork } from '@pgfork/core'
import { rbd } from '@pgfork/driver-rbd'
import { createImage, startCeph } from '../../test/support/ceph/index.ts'
import { type Cluster, createCluster } from '../../test/support/cluster/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { giveToServerUser } from '../../test/support/system/server-user.ts'
import { makeStateDirectory } from '../../test/support/workbench/make-state-directory.ts'
import { openWorkbench } from '../workbench.ts'

/** Where a source is, and how it is forked from there. */
export interface Place extends AsyncDisposable {
  readonly name: string
  readonly source: Cluster
  /** @param host on which, if there are several: 0, 1, .. */
  fork(host?: number): Promise<Fork>
}

/** Makes checkpoints only when it is asked to. */
const settings = { checkpoint_timeout: '1h', max_wal_size: '16GB' }

/** On a Btrfs of this machine, in a loop file. */
export async function openHere(sizeMb: number): Promise<Place> {
  const bench = await openWorkbench('btrfs', sizeMb)
  const { source, driver, stateDirectory } = bench
  return {
    ...{ name: 'Btrfs, here', source },
    fork: () => createFork({ source: source.dataDirectory, driver, stateDirectory }),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  }
}

/**
 * On an image of Ceph RBD with XFS. Cluster, source and the hosts of the forks are all on this machine, and share its processors; each host has its
 * own state, and names and folders of its own in the cluster.
 */
export async function openFar(sizeMb: number, hosts: number, proposeIntervalS?: number): Promise<Place> {
  const opened: AsyncDisposable[] = []
  const use = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    opened.unshift(resource)
    return resource
  }
  const close = async (): Promise<void> => {
    for (const resource of opened) await resource[Symbol.asyncDispose]()
  }
  try {
    const ceph = use(await startCeph())
    // The tests' clusters report more often than Ceph does by default, and the monitors make snapshots wait for that, too.
    await ceph.admin('ceph', 'tell', 'mgr', 'config', 'set', 'mgr_stats_period', '5')
    if (proposeIntervalS !== undefined)
      await ceph.admin('ceph', 'config', 'set', 'mon', 'paxos_propose_interval', String(proposeIntervalS))
    const image = use(await createImage(ceph, { filesystem: 'xfs', sizeMb }))
    await giveToServerUser(image.path)
    const source = use(await createCluster({ directory: join(image.path, 'main'), settings }))
    await source.query('CREATE ROLE watcher LOGIN IN ROLE pg_monitor, pg_checkpoint')
    // initdb was told to flush nothing, which no real one is.
    await runner.run('sync', ['--file-system', image.path])
    const user = await ceph.user('forks', image.name)
    const options = await Promise.all(
      Array.from({ length: hosts }, async (_, host) => {
        const named = { host: `host-${host}`, directory: join(ceph.folder, `host-${host}`) }
        const driver = rbd({ conf: ceph.conf, user, mapper: 'qemu', ...named })
        return { driver, stateDirectory: use(await makeStateDirectory()).path }
      }),
    )
    const remote = {
      connection: { host: '127.0.0.1', port: source.port, user: 'watcher' },
      volume: rbd.image(`rbd/${image.name}`),
    }
    return {
      ...{
        name: `Ceph RBD with XFS${proposeIntervalS === undefined ? '' : `, proposals after ${proposeIntervalS} s`}`,
        source,
      },
      fork: (host = 0) => createFork({ source: remote, ...options[host] }),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
