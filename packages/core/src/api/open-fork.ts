import { PgforkError } from '../errors/pgfork-error.ts'
import type { Fork } from '../fork/fork.ts'
import { forkHandle } from '../fork/fork-handle.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { forkStore, isStartable } from '../records/fork-record.ts'
import { isUnfinished, meaningOf } from '../records/transitions.ts'

/**
 * Takes over a fork that another process made, for example one with `lifetime: 'persistent'`. One whose reset failed can be opened,
 * to be reset again or destroyed, and one whose removal failed, to be destroyed: `listForks` tells which one is `ready`.
 *
 * @throws PgforkError `FORK_NOT_FOUND`, `FORK_NOT_READY`, `DRIVER_NOT_FOUND`
 */
export async function openFork(name: string, options: OperationOptions = {}): Promise<Fork> {
  checkOptions('openFork', options, operationShape)
  const operation = await startOperation(options)
  const record = await forkStore(operation.state).find(name)
  if (record === undefined)
    throw new PgforkError('FORK_NOT_FOUND', `There is no fork named ${name} in ${operation.state.path}.`, {
      facts: { name },
    })
  if (isUnfinished(record) || !isStartable(record))
    throw new PgforkError('FORK_NOT_READY', `The fork ${name} ${meaningOf[record.status]}.`, {
      facts: { name, status: record.status },
    })
  for (const { driver } of record.clones) await operation.drivers.named(driver)
  const found = await operation.launcher.find(record.server)
  return forkHandle({
    record,
    options: operation.later,
    pid: found.status === 'running' ? found.identity.pid : undefined,
  })
}
