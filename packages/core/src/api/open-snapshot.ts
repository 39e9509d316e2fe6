import { PgforkError } from '../errors/pgfork-error.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { isReady } from '../records/transitions.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { snapshotHandle } from '../snapshot/snapshot-handle.ts'

/**
 * Takes a snapshot that was made before, by this process or another one, to make forks of it.
 *
 * @throws PgforkError `SNAPSHOT_NOT_FOUND` also for one that was never finished or is being removed, or belongs to a fork and goes with it
 */
export async function openSnapshot(name: string, options: OperationOptions = {}): Promise<ClusterSnapshot> {
  checkOptions('openSnapshot', options, operationShape)
  const operation = await startOperation(options)
  const record = await snapshotStore(operation.state).find(name)
  const isForFork = record?.isForFork === true
  if (record !== undefined && isReady(record) && !isForFork) return snapshotHandle(record, operation.later)
  const hint = isForFork ? ` That of the fork ${name} belongs to it and goes with it.` : ''
  throw new PgforkError(
    'SNAPSHOT_NOT_FOUND',
    `There is no finished snapshot named ${name} in ${operation.state.path}.${hint}`,
    {
      facts: { name, status: record?.status },
    },
  )
}
