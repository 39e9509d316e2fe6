import type { Operation } from '../operation/operation.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, type StartableFork } from '../records/fork-record.ts'
import { startServer } from './start-server.ts'

/** Starts a fork that was stopped, also by a reboot. One that runs is left alone. */
export async function startFork(operation: Operation, fork: StartableFork): Promise<ProcessIdentity> {
  const running = await operation.launcher.find(fork.server.dataDirectory).catch(() => undefined)
  if (running !== undefined) return running
  for (const clone of fork.clones) await operation.drivers.attach(clone, operation.driverContext())
  return startServer(operation, fork)
}

/** Stops a fork cleanly. */
export const stopFork = ({ launcher, timeouts }: Operation, { server, owner }: StartableFork): Promise<void> =>
  launcher.stop({ dataDirectory: server.dataDirectory, owner, mode: 'fast', timeoutMs: timeouts.stopMs })

/** Lets a fork outlive its process. The tie to that was made when its server was started, which is restarted therefore. */
export async function persistFork(operation: Operation, fork: StartableFork): Promise<ProcessIdentity> {
  await stopFork(operation, fork)
  const persistent: StartableFork = { ...fork, lifetime: 'persistent' }
  await writeForkFile(persistent)
  await forkStore(operation.state).change(persistent)
  return startFork(operation, persistent)
}
