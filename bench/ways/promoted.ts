import { existsSync, writeFileSync } from 'node:fs'
import { appendFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { giveToServerUser, serverUser } from '../../test/support/system/server-user.ts'
import { startPostgres } from '../start-postgres.ts'
import { deleteSubvolume, takeSnapshot } from './by-hand.ts'
import { Stopwatch, type Way, type WayRequest } from './way.ts'

export interface PromotedOptions {
  readonly checkpoint: boolean
  readonly isDurable: boolean
}

/**
 * The fastest that is known by hand: as a failover does it, without a checkpoint at the end of recovery, and without the source's WAL
 * files that lie ahead. Nothing is looked at before or verified after.
 */
export const promoted = ({ checkpoint, isDurable }: PromotedOptions): Way => ({
  name: 'by hand, promoted',
  async fork(request) {
    const { source, target, port } = request
    const client = await source.client()
    const watch = new Stopwatch()
    if (checkpoint) await watch.time('checkpoint', () => client.query('CHECKPOINT'))
    await watch.time('snapshot', () => takeSnapshot(request))
    await watch.time('edit', async () => {
      const { rows } = await client.query('SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS last')
      await dropAhead(target, rows[0]?.last)
      await editFiles(request, isDurable)
    })
    const trigger = join(target, 'promote')
    let isAsked = false
    const whileStarting = (pid: number): void => {
      if (isAsked && !existsSync(trigger)) return
      if (!isAsked) writeFileSync(trigger, '')
      isAsked = true
      process.kill(pid, 'SIGUSR1')
    }
    const logFile = join(source.socketDirectory, `fork-${port}.log`)
    const server = await watch.time('start', () =>
      startPostgres(source.binDirectory, target, { logFile, whileStarting }),
    )
    await client.end()
    return {
      steps: watch.steps,
      async remove() {
        await server.end()
        await deleteSubvolume(target)
      },
    }
  },
})

/** Segments that were renamed to be written later: by name, whatever timeline. */
async function dropAhead(target: string, last: string): Promise<void> {
  const wal = join(target, 'pg_wal')
  for (const name of await readdir(wal))
    if (/^[0-9A-F]{24}$/.test(name) && name.slice(8) > last.slice(8)) await rm(join(wal, name))
}

async function editFiles({ target, port, source }: WayRequest, isDurable: boolean): Promise<void> {
  await rm(join(target, 'postmaster.pid'))
  const settings = [`port = ${port}`, `unix_socket_directories = '${source.socketDirectory}'`, 'hot_standby = off']
  if (!isDurable) settings.push('fsync = off')
  await appendFile(join(target, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
  await writeFile(join(target, 'standby.signal'), '')
  if (serverUser !== undefined) await giveToServerUser(join(target, 'standby.signal'))
}
