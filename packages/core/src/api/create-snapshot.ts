import { validateName } from '../names/validate-name.ts'
import { openSession, type SessionOptions } from '../operation/operation.ts'
import { inspectSource } from '../postgres/source/inspect-source.ts'
import type { SourceOptions } from '../postgres/source/source-options.ts'
import { identifySelf } from '../process/process-identity.ts'
import { defaultSpaceThresholds, type SpaceThresholds } from '../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { snapshotHandle } from '../snapshot/snapshot-handle.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'

export interface CreateSnapshotOptions extends SessionOptions {
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
  const session = await openSession(options)
  const source = typeof options.source === 'string' ? { dataDirectory: options.source } : options.source
  return session.steps.guard(async () => {
    await using inspected = await session.steps.run('inspect', () => inspectSource(source, session.runner))
    const maker = await identifySelf(session.runner)
    const record = await takeSnapshot(session, {
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
