import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { testSettings } from '@pgfork/testing'
import { runner } from '../../test/support/system/runner.ts'
import { startPostgres } from '../start-postgres.ts'
import { copyFiles } from './copy-files.ts'
import type { Place } from './place.ts'
import { timed } from './time.ts'

export interface BareServer {
  readonly pid: number
  readonly copyMs: number
  readonly startMs: number
  remove(): Promise<void>
}

/** The least that can be done: the storage's command, and `postgres` until it says in postmaster.pid that it is ready. */
export async function startBareServer({ filesystem, path, stopped, server }: Place, name: string): Promise<BareServer> {
  const target = join(path, `bare-${name}`)
  const [copyMs] = await timed(() => copyFiles(filesystem, stopped, target))
  const [startMs, { pid, end }] = await timed(() =>
    startPostgres(server.binDirectory, target, {
      options: settingsOf(target),
      logFile: join(path, `bare-${name}.log`),
    }),
  )
  return {
    pid,
    copyMs,
    startMs,
    async remove() {
      await end()
      if (filesystem === 'btrfs') await runner.run('btrfs', ['subvolume', 'delete', target])
      else await rm(target, { recursive: true })
    },
  }
}

/** What `template.fork()` gives its servers. */
function settingsOf(dataDirectory: string): string[] {
  const settings = { ...testSettings(15), listen_addresses: '', unix_socket_directories: dataDirectory }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
