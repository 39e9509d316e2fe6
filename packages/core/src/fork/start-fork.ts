import type { Operation } from '../operation/operation.ts'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import { identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { hasEnded } from '../process/process-state.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, type StartableFork, withStarted } from '../records/fork-record.ts'
import { lackWarning, mayLackWrites } from '../records/may-lack-writes.ts'
import { handOverClones } from './make-clones.ts'
import { requireOwnSettings } from './require-own-settings.ts'
import { startServer } from './start-server.ts'

/** Starts a fork that was stopped, also by a reboot. One that runs is left alone. @throws PgforkError `SETTING_REFUSED` */
export async function startFork(operation: Operation, fork: StartableFork): Promise<ServerIdentity> {
  const found = await operation.launcher.find(fork.server)
  if (found.status === 'running') return found.identity
  const isDoubtful = mayLackWrites(fork)
  if (isDoubtful) operation.warn(lackWarning(`The fork ${fork.name} never flushed anything, being a throwaway one`))
  for (const clone of fork.clones) await operation.drivers.attach(clone, operation.driverContext())
  await handOverClones(operation, fork)
  requireOwnSettings(fork)
  const started = await startServer(operation, fork)
  const server = withStarted(fork.server, started)
  try {
    const maker = await keeperOf(fork, operation)
    await forkStore(operation.state).change({ ...fork, maker, server, ...(isDoubtful ? { outlivedBoot: true } : {}) })
  } catch (error) {
    // Without a record it would run and count as stopped.
    await stopFork(operation, { ...fork, server }).catch(() => undefined)
    throw error
  }
  return started
}

/** With whose end the fork becomes garbage. Whoever starts what an ended process has left uses it from then on. */
async function keeperOf({ maker }: StartableFork, { runner }: Operation): Promise<ProcessIdentity> {
  return (await hasEnded(maker, runner)) ? identifySelf(runner) : maker
}

/** Stops a fork cleanly. */
export const stopFork = ({ launcher, timeouts }: Operation, { server, owner }: StartableFork): Promise<void> =>
  launcher.stop({ server, owner, mode: 'fast', timeoutMs: timeouts.stopMs })

/** Lets a fork outlive its process. The tie to that was made when its server was started, which is restarted therefore. */
export async function persistFork(operation: Operation, fork: StartableFork): Promise<ServerIdentity> {
  await stopFork(operation, fork)
  const persistent: StartableFork = { ...fork, lifetime: 'persistent' }
  await writeForkFile(persistent)
  await forkStore(operation.state).change(persistent)
  return startFork(operation, persistent)
}
