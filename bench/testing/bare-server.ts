import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { testSettings } from '@pgfork/testing'
import { readPostmasterPid } from '../../test/support/cluster/postmaster-pid.ts'
import { runner } from '../../test/support/system/runner.ts'
import { serverUser } from '../../test/support/system/server-user.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
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
  const [startMs, started] = await timed(async () => {
    const process = await runner.start(join(server.binDirectory, 'postgres'), serverArguments(target), {
      outputFile: join(path, `bare-${name}.log`),
      workingDirectory: '/',
      diesWithCaller: true,
      ...(serverUser === undefined ? {} : { user: serverUser }),
    })
    await waitUntil(async () => (await readPostmasterPid(target))?.status === 'ready', {
      timeoutMs: 300_000,
      pauseMs: 1,
      what: 'ready server',
    })
    return process
  })
  let hasEnded = false
  // It doesn't keep this process alive.
  void started.exited.then(() => {
    hasEnded = true
  })
  return {
    pid: started.pid,
    copyMs,
    startMs,
    async remove() {
      process.kill(started.pid, 'SIGQUIT')
      await waitUntil(() => hasEnded, { timeoutMs: 60_000, what: 'end of the server' })
      if (filesystem === 'btrfs') await runner.run('btrfs', ['subvolume', 'delete', target])
      else await rm(target, { recursive: true })
    },
  }
}

/** What `template.fork()` gives its servers. */
function serverArguments(dataDirectory: string): string[] {
  const settings = { ...testSettings(15), listen_addresses: '', unix_socket_directories: dataDirectory }
  return ['-D', dataDirectory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}
