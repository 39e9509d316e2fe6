import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../../test/support/cluster/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { giveToServerUser } from '../../test/support/system/server-user.ts'
import { startPostgres } from '../start-postgres.ts'
import { deleteSubvolume, untilWritable } from './by-hand.ts'

export interface RecoverRequest {
  readonly source: Cluster
  /** Made by `takeBase`. */
  readonly base: string
  /** With the source's segments. */
  readonly archive: string
  readonly target: string
  readonly port: number
  /** A location. */
  readonly at: string
}

/** A snapshot to recover from. */
export async function takeBase(source: Cluster, base: string): Promise<void> {
  await runner.run('btrfs', ['subvolume', 'snapshot', source.dataDirectory, base])
  await rm(join(base, 'postmaster.pid'))
}

/**
 * What PostgreSQL's manual tells to do for a moment ("Continuous Archiving and Point-in-Time Recovery"), with the defaults of its settings.
 *
 * @returns what removes it
 */
export async function recoverByHand(request: RecoverRequest): Promise<() => Promise<void>> {
  const { source, base, archive, target, port, at } = request
  await runner.run('btrfs', ['subvolume', 'snapshot', base, target])
  const settings = [
    ...[`port = ${port}`, `unix_socket_directories = '${source.socketDirectory}'`],
    ...["shared_buffers = '128MB'", 'fsync = on', 'max_wal_size = 1GB', 'checkpoint_timeout = 5min'],
    ...[`restore_command = 'cp "${archive}/%f" "%p"'`, `recovery_target_lsn = '${at}'`],
    ...['recovery_target_inclusive = off', 'recovery_target_action = promote'],
  ]
  await appendFile(join(target, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
  await writeFile(join(target, 'recovery.signal'), '')
  await giveToServerUser(join(target, 'recovery.signal'))
  const logFile = join(source.socketDirectory, `fork-${port}.log`)
  const server = await startPostgres(source.binDirectory, target, { logFile })
  await untilWritable({ source, port })
  return async () => {
    await server.end()
    await deleteSubvolume(target)
  }
}
