import { PgforkError } from '../errors/pgfork-error.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { isSeeded, standbyStore } from '../records/standby-record.ts'
import { isUnfinished } from '../records/transitions.ts'
import type { Standby } from '../standby/standby.ts'
import { standbyHandle } from '../standby/standby-handle.ts'

/**
 * Takes over a standby that another process made. One whose removal failed can be opened to be destroyed.
 *
 * @throws PgforkError `STANDBY_NOT_FOUND`, `STANDBY_NOT_READY`
 */
export async function openStandby(name: string, options: OperationOptions = {}): Promise<Standby> {
  checkOptions('openStandby', options, operationShape)
  const { state, later } = await startOperation(options)
  const record = await standbyStore(state).find(name)
  if (record === undefined)
    throw new PgforkError('STANDBY_NOT_FOUND', `There is no standby named ${name} in ${state.path}.`, {
      facts: { name },
    })
  if (isUnfinished(record) || !isSeeded(record))
    throw new PgforkError(
      'STANDBY_NOT_READY',
      `The standby ${name} is being made, or was never finished: collectGarbage() removes what an ended process has left.`,
      { facts: { name, status: record.status } },
    )
  return standbyHandle(record, later)
}
