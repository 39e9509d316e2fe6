import { join } from 'node:path'
import process from 'node:process'
import { readPostmasterPid } from '../test/support/cluster/postmaster-pid.ts'
import { runner } from '../test/support/system/runner.ts'
import { serverUser } from '../test/support/system/server-user.ts'
import { waitUntil } from '../test/support/wait-until.ts'

export interface BarePostgres {
  readonly pid: number
  /** Ends it at once. */
  end(): Promise<void>
}

interface StartOptions {
  readonly options?: readonly string[]
  readonly logFile: string
  /** Called each time when the server says in postmaster.pid that it isn't ready yet. */
  whileStarting?(pid: number): void
}

/** `postgres` without anything around it, from its start until it says in postmaster.pid that it is ready. */
export async function startPostgres(
  binDirectory: string,
  dataDirectory: string,
  { options = [], logFile, whileStarting = () => {} }: StartOptions,
): Promise<BarePostgres> {
  const { pid, exited } = await runner.start(join(binDirectory, 'postgres'), ['-D', dataDirectory, ...options], {
    outputFile: logFile,
    workingDirectory: '/',
    diesWithCaller: true,
    ...(serverUser === undefined ? {} : { user: serverUser }),
  })
  const isReady = async (): Promise<boolean> => {
    const status = (await readPostmasterPid(dataDirectory))?.status
    if (status !== undefined && status !== 'ready') whileStarting(pid)
    return status === 'ready'
  }
  let hasEnded = false
  // It doesn't keep this process alive.
  void exited.then(() => {
    hasEnded = true
  })
  await waitUntil(isReady, {
    timeoutMs: 300_000,
    pauseMs: 1,
    what: 'ready server',
  })
  return {
    pid,
    async end() {
      process.kill(pid, 'SIGQUIT')
      await waitUntil(() => hasEnded, { timeoutMs: 60_000, what: 'end of the server' })
    },
  }
}
