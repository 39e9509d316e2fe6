import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { giveToServerUser } from '../system/server-user.ts'
import { waitUntil } from '../wait-until.ts'
import { takeBaseBackup } from './base-backup.ts'
import type { Cluster, Settings } from './cluster.ts'
import { formatSettings, withoutSettings, writeServerFile } from './configuration.ts'
import { openWithPort } from './open-with-port.ts'

export interface StandbyOptions {
  /** The data directory to be: absent, or empty as a fresh subvolume is. */
  readonly directory: string
  /** A physical slot that is made on the upstream server and stays there. Default: none. */
  readonly slot?: string
  /** `recovery_min_apply_delay` in milliseconds. Default 0. */
  readonly delayMs?: number
  /** The server that it streams from: another standby. Default: the primary. */
  readonly cascadeFrom?: Cluster
  readonly settings?: Settings
}

/** Makes a streaming standby of a running primary, in the plain layout, and returns it when it streams. */
export async function createStandby(primary: Cluster, options: StandbyOptions): Promise<Cluster> {
  const { directory: dataDirectory, slot } = options
  const upstream = options.cascadeFrom ?? primary
  const workFolder = await makeWorkFolder(`standby-${primary.version}`)
  await giveToServerUser(workFolder)
  const ownedPaths = [dataDirectory, workFolder]
  let standby: Cluster | undefined
  // As long as this session lives, its temporary slot keeps the WAL that the standby needs to begin.
  const session = await primary.client()
  try {
    await session.query(`SELECT pg_create_physical_replication_slot('standby_begins_' || pg_backend_pid(), true, true)`)
    if (slot !== undefined) await upstream.query('SELECT pg_create_physical_replication_slot($1, true)', [slot])
    ownedPaths.push(...(await takeBaseBackup(session, primary, dataDirectory)))
    const configFile = await writeConfiguration(primary, upstream, workFolder, options)
    const parts = { dataDirectory, workFolder, configFile, extraArguments: [], ownedPaths }
    standby = await openWithPort({ ...parts, version: primary.version, binDirectory: primary.binDirectory }, true)
    await waitUntilStreaming(upstream, standby)
    return standby
  } catch (error) {
    await standby?.[Symbol.asyncDispose]()
    for (const path of ownedPaths) await rm(path, { recursive: true, force: true })
    throw error
  } finally {
    await session.end()
  }
}

/** The primary's settings, with what makes this one a standby with a place of its own. */
async function writeConfiguration(
  primary: Cluster,
  upstream: Cluster,
  workFolder: string,
  { directory, slot, delayMs, settings }: StandbyOptions,
): Promise<string> {
  const { host, port } = upstream.connection
  const hasRecoveryFile = Number(primary.version) < 12
  const streaming = {
    primary_conninfo: `host=${host} port=${port} user=postgres application_name=${applicationName(workFolder)}`,
    ...(slot === undefined ? {} : { primary_slot_name: slot }),
    ...(delayMs === undefined ? {} : { recovery_min_apply_delay: `${delayMs}ms` }),
  }
  const own = { unix_socket_directories: workFolder, ...settings, ...(hasRecoveryFile ? {} : streaming) }
  const foreign = [
    'data_directory',
    'hba_file',
    'ident_file',
    'external_pid_file',
    'include_dir',
    'port',
    'listen_addresses',
  ]
  const configFile = join(directory, 'postgresql.conf')
  const inherited = withoutSettings(await readFile(primary.configFile, 'utf8'), foreign)
  await writeServerFile(configFile, `${inherited}\n${formatSettings({ listen_addresses: '127.0.0.1', ...own })}`)
  const automatic = join(directory, 'postgresql.auto.conf')
  // The primary's ALTER SYSTEM would beat what stands in postgresql.conf.
  await writeServerFile(
    automatic,
    withoutSettings(await readFile(automatic, 'utf8'), [...foreign, ...Object.keys(own)]),
  )
  for (const name of ['pg_hba.conf', 'pg_ident.conf'])
    await writeServerFile(join(directory, name), await readFile(join(dirname(primary.configFile), name), 'utf8'))
  await (hasRecoveryFile
    ? writeServerFile(join(directory, 'recovery.conf'), formatSettings({ standby_mode: 'on', ...streaming }))
    : writeServerFile(join(directory, 'standby.signal'), ''))
  return configFile
}

async function waitUntilStreaming(upstream: Cluster, standby: Cluster): Promise<void> {
  const sql = `SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`
  await waitUntil(async () => (await upstream.query(sql, [applicationName(standby.socketDirectory)])).length === 1, {
    timeoutMs: 60_000,
    what: async () => `standby ${standby.dataDirectory} that streams. Its log:\n${await standby.log()}`,
  })
}

/** Distinct for each standby, and a bare word for the connection string. */
const applicationName = (workFolder: string): string => workFolder.replace(/.*\//, '').replaceAll('-', '_')

/** Waits until the standby has replayed all that the primary has written until now. */
export async function waitForReplay(primary: Cluster, standby: Cluster): Promise<void> {
  const [row] = await primary.query<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position')
  await waitUntil(
    async () =>
      (await standby.query('SELECT WHERE pg_last_wal_replay_lsn() >= $1::pg_lsn', [row?.position])).length === 1,
    { timeoutMs: 60_000, what: async () => `replay of ${row?.position}. The standby's log:\n${await standby.log()}` },
  )
}
