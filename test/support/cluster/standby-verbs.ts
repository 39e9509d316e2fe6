import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import { serverUser } from '../system/server-user.ts'
import { waitUntil } from '../wait-until.ts'
import type { Cluster } from './cluster.ts'
import { formatSettings, writeServerFile } from './configuration.ts'

/** From version 12 on recovery is steered by ordinary settings and functions; before, by recovery.conf and pg_ctl. */
export const hasRecoveryFile = ({ version }: Pick<Cluster, 'version'>): boolean => Number(version) < 12

/** Makes a primary of a standby, and returns when it writes. */
export async function promoteStandby(standby: Cluster): Promise<void> {
  if (hasRecoveryFile(standby))
    await runner.run(
      join(standby.binDirectory, 'pg_ctl'),
      ['--pgdata', standby.dataDirectory, 'promote', '--no-wait'],
      serverUser === undefined ? {} : { user: serverUser },
    )
  else await standby.query('SELECT pg_promote(false)')
  await waitUntil(async () => (await standby.query('SELECT WHERE NOT pg_is_in_recovery()')).length > 0, {
    timeoutMs: 60_000,
    what: 'promotion',
  })
}

/** Has a running standby stream from another server from now on. */
export async function followOther(
  standby: Cluster,
  { host, port, user = 'postgres' }: { readonly host: string; readonly port: number; readonly user?: string },
): Promise<void> {
  const settings = { primary_conninfo: `host=${host} port=${port} user=${user}` }
  if (!hasRecoveryFile(standby)) {
    await standby.settings({ ...settings, wal_retrieve_retry_interval: 100 })
    // Later versions only read their configuration again.
    if (standby.version === '12') await standby.restart()
    return
  }
  const recovery = { standby_mode: 'on', recovery_target_timeline: 'latest', ...settings }
  await writeServerFile(join(standby.dataDirectory, 'recovery.conf'), formatSettings(recovery))
  await standby.settings({ wal_retrieve_retry_interval: 100 })
  await standby.restart()
}
