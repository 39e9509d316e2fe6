import { copyFile, mkdir, readdir, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { giveToServerUser } from '../system/server-user.ts'
import type { Cluster } from './cluster.ts'
import { writeServerFile } from './configuration.ts'
import { copyLiveFiles } from './copy-live-files.ts'

/** Contents that a copy mustn't or needn't have (PostgreSQL's manual, "Backing Up the Data Directory"). */
const emptied = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]
const leftOut = ['postmaster.pid', 'postmaster.opts', 'global/pg_control', 'backup_label', 'tablespace_map']

/**
 * Copies a running cluster into `target`, with each tablespace in a folder beside it. By hand, since a pg_basebackup
 * refuses servers newer than itself and npm's packages bring none. `session` holds the backup; keep its WAL by a slot.
 *
 * @returns the folders that it made.
 */
export async function takeBaseBackup(session: pg.Client, source: Cluster, target: string): Promise<string[]> {
  const isRenamed = Number(source.version) >= 15
  await session.query(
    isRenamed ? `SELECT pg_backup_start('test', true)` : `SELECT pg_start_backup('test', true, false)`,
  )
  await copyLiveFiles(source.dataDirectory, target, isWanted)
  await mkdir(join(target, 'pg_wal', 'archive_status'), { recursive: true, mode: 0o700 })
  await giveToServerUser(join(target, 'pg_wal'))
  await giveToServerUser(join(target, 'pg_wal', 'archive_status'))
  const tablespaces = await copyTablespaces(source, target)
  // Last: a standby's copy is consistent only from the position on that its control file tells.
  await copyFile(join(source.dataDirectory, 'global/pg_control'), join(target, 'global/pg_control'))
  await giveToServerUser(join(target, 'global/pg_control'))
  const stop = isRenamed ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'
  const { rows } = await session.query<{ labelfile: string }>(`SELECT labelfile FROM ${stop}`)
  await writeServerFile(join(target, 'backup_label'), rows[0]?.labelfile ?? '')
  const map = tablespaces.map(({ oid, folder }) => `${oid} ${folder}\n`).join('')
  if (map !== '') await writeServerFile(join(target, 'tablespace_map'), map)
  return [target, ...tablespaces.map(({ folder }) => folder)]
}

function isWanted(path: string): boolean {
  const [top = '', ...rest] = path.split('/')
  if (leftOut.includes(path) || path.includes('pgsql_tmp')) return false
  // The server makes these links anew from tablespace_map. A linked pg_wal becomes a folder of the copy.
  if (top === 'pg_tblspc') return rest.length === 0
  return !(top === 'pg_wal' || (emptied.includes(top) && rest.length > 0))
}

async function copyTablespaces(source: Cluster, target: string): Promise<{ oid: string; folder: string }[]> {
  const links = join(source.dataDirectory, 'pg_tblspc')
  const copies: { oid: string; folder: string }[] = []
  for (const oid of await readdir(links)) {
    const folder = `${target}-tablespace-${oid}`
    await copyLiveFiles(await realpath(await readlink(join(links, oid))), folder, (path) => !path.includes('pgsql_tmp'))
    copies.push({ oid, folder })
  }
  return copies
}
