import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { runner } from '../../test/support/system/runner.ts'
import { giveToServerUser } from '../../test/support/system/server-user.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import type { WayRequest } from './way.ts'

/** `btrfs subvolume snapshot`, as somebody at a shell does it. */
export async function takeSnapshot({ source, target }: WayRequest): Promise<void> {
  await runner.run('btrfs', ['subvolume', 'snapshot', source.dataDirectory, target])
}

/** The files that make the copy a fork on a timeline of its own, with more settings where a way has some. */
export async function editFiles({ target, port, source }: WayRequest, settings = ''): Promise<void> {
  await rm(join(target, 'postmaster.pid'))
  const recovery = `restore_command = '/bin/false'\nport = ${port}\nunix_socket_directories = '${source.socketDirectory}'\n`
  await appendFile(join(target, 'postgresql.conf'), `\n${recovery}${settings}`)
  await writeFile(join(target, 'recovery.signal'), '')
  await giveToServerUser(join(target, 'recovery.signal'))
}

export async function untilWritable({ source, port }: Pick<WayRequest, 'source' | 'port'>): Promise<void> {
  const client = new pg.Client({ ...source.connection, port })
  await client.connect()
  try {
    await waitUntil(async () => (await client.query('SELECT WHERE NOT pg_is_in_recovery()')).rowCount === 1, {
      timeoutMs: 300_000,
      pauseMs: 5,
      what: 'end of the recovery',
    })
  } finally {
    await client.end()
  }
}

export async function deleteSubvolume(path: string): Promise<void> {
  await runner.run('btrfs', ['subvolume', 'delete', path])
}
