import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import type { Cluster } from '../cluster/index.ts'
import { runner } from '../system/runner.ts'
import { serverUser } from '../system/server-user.ts'

/** Starts a stopped fork as somebody would who knows nothing of this library: by `pg_ctl` and its data directory. */
export async function startByHand(source: Cluster, { dataDirectory }: Pick<Fork, 'dataDirectory'>): Promise<void> {
  const log = join(dataDirectory, 'by-hand.log')
  await runner.run(
    join(source.binDirectory, 'pg_ctl'),
    ['--pgdata', dataDirectory, '--log', log, '--wait', 'start'],
    serverUser === undefined ? {} : { user: serverUser },
  )
}
