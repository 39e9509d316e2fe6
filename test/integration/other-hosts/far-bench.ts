import { join } from 'node:path'
import type { Source } from '@pgfork/core'
import type { Cluster } from '../../support/cluster/index.ts'
import { type FarStorage, farStorage } from '../../support/far/index.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import type { SourceWorkbench } from '../../support/workbench/source-workbench.ts'

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
