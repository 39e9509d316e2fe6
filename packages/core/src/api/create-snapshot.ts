import { validateName } from '../names/validate-name.ts'
import { startOperation } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { warningsOfTcpAccess } from '../postgres/settings/warn-of-tcp-access.ts'
import { identifySelf } from '../process/process-identity.ts'
import { withNameLock } from '../records/name-lock.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { defaultSpaceThresholds } from '../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { snapshotHandle } from '../snapshot/snapshot-handle.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import type { CreateSnapshotOptions } from './options/create-snapshot-options.ts'
import { inspectGiven } from './options/locate-source.ts'
import { readGivenCluster } from './options/read-source.ts'
import { createSnapshotShape } from './options/shapes.ts'

/**
 * Takes a snapshot of a cluster, from which any number of forks can be made later: `createFork({ source: snapshot })`.
 *
 * @throws PgforkError as `createFork` does up to its step `snapshot`
 */
export async function createSnapshot(options: CreateSnapshotOptions): Promise<ClusterSnapshot> {
  checkOptions('createSnapshot', options, createSnapshotShape)
  const name = validateName(options.name)
  const source = readGivenCluster(options.source)
  const operation = await startOperation(options)
  const { runner } = operation
  const take = async (): Promise<ClusterSnapshot> => {
    const { source: inspected } = await operation.steps.run('inspect', () => inspectGiven(source, operation))
    await using _ = inspected
    for (const warning of warningsOfTcpAccess(inspected.inspection.tcpAccess)) operation.warn(warning)
    const maker = await identifySelf(runner)
    const request = {
      name,
      source: inspected,
      maker,
      isForFork: false,
      checkpoint: options.checkpoint,
      isResettable: () => true,
      spaceThresholds: withDefaults(options.spaceThresholds ?? {}, defaultSpaceThresholds),
    }
    const [taken] = await takeSnapshot(operation, request, async () => {})
    return snapshotHandle(await snapshotStore(operation.state).markReady(taken), operation.later)
  }
  return withNameLock(operation, name, () => operation.steps.guard(take))
}
