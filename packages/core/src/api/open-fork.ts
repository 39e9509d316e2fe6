import { PgforkError } from '../errors/pgfork-error.ts'
import type { Fork } from '../fork/fork.ts'
import { openHandle } from '../fork/fork-handle.ts'
import { openSession, type SessionOptions } from '../operation/operation.ts'
import { findServer } from '../postgres/server/find-server.ts'
import { forkStore, isPlaced } from '../records/fork-record.ts'

/**
 * Takes over a fork that another process made, for example one with `lifetime: 'persistent'`.
 *
 * @throws PgforkError `FORK_NOT_FOUND`, `FORK_NOT_READY`, `DRIVER_NOT_FOUND`
 */
export async function openFork(name: string, options: SessionOptions = {}): Promise<Fork> {
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
  for (const { driver } of record.clones) await session.drivers.named(driver)
  const server = await findServer(record.place.dataDirectory, session.runner).catch(() => undefined)
  return openHandle({ record, options, pid: server?.identity.pid })
}
