import { validateName } from '../names/validate-name.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { inspectSource } from '../postgres/source/inspect-source.ts'
import type { SourceOptions } from '../postgres/source/source-options.ts'
import { identifySelf } from '../process/process-identity.ts'
import { defaultSpaceThresholds, type SpaceThresholds } from '../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { snapshotHandle } from '../snapshot/snapshot-handle.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'

export interface CreateSnapshotOptions extends OperationOptions {
  readonly source: string | SourceOptions
  readonly name: string
  /** As for `createFork`. */
  readonly checkpoint?: boolean
  readonly spaceThresholds?: Partial<SpaceThresholds>
}

/**
 * Takes a picture of a cluster from which forks are made later, as many as are wanted: `createFork({ source: snapshot })`.
 *
 * @throws PgforkError as `createFork` does up to its step `snapshot`
 */
export async function createSnapshot(options: CreateSnapshotOptions): Promise<ClusterSnapshot> {
  const name = validateName(options.name)
  const operation = await startOperation(options)
  const source = typeof options.source === 'string' ? { dataDirectory: options.source } : options.source
  return operation.steps.guard(async () => {
    await using inspected = await operation.steps.run('inspect', () => inspectSource(source, operation.runner))
    const maker = await identifySelf(operation.runner)
    const record = await takeSnapshot(operation, {
      name,
      source: inspected,
      maker,
      isForFork: false,
      checkpoint: options.checkpoint,
      isResettable: () => true,
      spaceThresholds: { ...defaultSpaceThresholds, ...options.spaceThresholds },
    })
    return snapshotHandle(record, options)
  })
}
