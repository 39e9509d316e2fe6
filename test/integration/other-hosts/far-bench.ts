import { join } from 'node:path'
import type { Source } from '@pgfork/core'
import { beforeAll } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { type FarStorage, farStorage } from '../../support/far/index.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

/** What a host knows of a source on another one: how to connect to it, and which volume it has mounted. */
export interface FarSource {
  readonly far: FarStorage
  readonly volumePath: string
  /** As its own host knows it. */
  source(options?: { readonly volume?: string; readonly user?: string; readonly directory?: string }): Source
}

/** Where a source's data directory is on its volume. */
export const below = '15/main'

export function farSource({ storage, source }: Pick<SourceWorkbench, 'storage' | 'source'>, host = 'b'): FarSource {
  const far = farStorage(join(storage.path, 'claims'), host)
  const volumePath = join(storage.path, 'master')
  return {
    far,
    volumePath,
    source: ({ volume = volumePath, user = 'watcher', directory } = {}) => ({
      connection: { host: '127.0.0.1', port: source.port, user },
      volume: far.volume(volume),
      ...(directory === undefined ? {} : { directory }),
    }),
  }
}

/** A source with a table of one row, and forks of it as of a server on another host. */
export interface FarBench extends SourceWorkbench {
  /** As host `b` knows it. */
  readonly b: FarSource
  count(fork: Parameters<typeof query>[0]): Promise<unknown>
  forkFar(options?: Partial<Parameters<SourceWorkbench['fork']>[0]>): ReturnType<SourceWorkbench['fork']>
}

export const describeFar = (tests: (bench: FarBench) => void): Promise<void> =>
  describeOn('btrfs', { below }, (bench) => {
    let b: FarSource
    beforeAll(async () => {
      b = farSource(bench)
      await createWatcher(bench.source)
      await bench.source.query('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)')
    })
    const far: Omit<FarBench, keyof SourceWorkbench> = {
      get b() {
        return b
      },
      count: async (fork) => (await query(fork, 'SELECT count(*)::int AS n FROM orders'))[0]?.n,
      forkFar: (options = {}) => bench.fork({ source: b.source(), driver: b.far.driver, ...options }),
    }
    tests(Object.setPrototypeOf(far, bench))
  })

/** A role that may see what a fork needs to know, and nothing else. */
export const createWatcher = (source: Cluster): Promise<unknown> =>
  source.query('CREATE ROLE watcher LOGIN IN ROLE pg_monitor, pg_checkpoint')

/** A copy of the source's volume as it is now, which looks like it. */
export async function copyVolume({ storage }: Pick<SourceWorkbench, 'storage'>, name: string): Promise<string> {
  const path = join(storage.path, name)
  await runner.run('btrfs', ['subvolume', 'snapshot', join(storage.path, 'master'), path])
  await giveToServerUser(path)
  return path
}

export const deleteVolume = (path: string): Promise<unknown> => runner.run('btrfs', ['subvolume', 'delete', path])
