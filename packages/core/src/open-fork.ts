import type { SnapshotDriver } from './driver/snapshot-driver.ts'
import { PgforkError } from './errors/pgfork-error.ts'
import type { Fork } from './fork/fork.ts'
import { forkStore, isPlaced } from './fork/fork-record.ts'
import { openHandle } from './fork/open-handle.ts'
import { openSession, type SessionOptions } from './lifecycle/session.ts'
import { findServer } from './source/find-server.ts'

export interface OpenForkOptions extends SessionOptions {
  /** Driver of the storage that the fork lies on: the one that it was made with. */
  readonly driver: SnapshotDriver
}

/**
 * Takes over a fork that another process made, for example one with `lifetime: 'persistent'`.
 *
 * @throws PgforkError `FORK_NOT_FOUND`, `FORK_NOT_READY`, `DRIVER_NOT_APPLICABLE`
 */
export async function openFork(name: string, options: OpenForkOptions): Promise<Fork> {
  const session = await openSession(options)
  const record = await forkStore(session.state).find(name)
  if (record === undefined)
    throw new PgforkError('FORK_NOT_FOUND', `There is no fork named ${name} in ${session.state.path}.`, {
      facts: { name },
    })
  if (record.status !== 'ready' || !isPlaced(record))
    throw new PgforkError(
      'FORK_NOT_READY',
      `The fork ${name} was never finished or is being removed (${record.status}).`,
      {
        facts: { name, status: record.status },
      },
    )
  if (record.driver !== options.driver.name)
    throw new PgforkError(
      'DRIVER_NOT_APPLICABLE',
      `The fork ${name} was made by the driver ${record.driver}, not by ${options.driver.name}. Open it with that one.`,
      { facts: { name, expected: record.driver, given: options.driver.name } },
    )
  const server = await findServer(record.place.dataDirectory, session.runner).catch(() => undefined)
  return openHandle({ record, driver: options.driver, options, pid: server?.identity.pid })
}
