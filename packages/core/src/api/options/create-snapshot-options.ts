import type { OperationOptions } from '../../operation/operation.ts'
import type { SpaceThresholds } from '../../snapshot/check-space.ts'
import type { Source } from './read-source.ts'

export interface CreateSnapshotOptions extends OperationOptions {
  /** As for `createFork`, but for snapshots. */
  readonly source: Source
  /** 1 to 48 of `a-z 0-9 . _ -`, the first a letter or digit, no two dots in a row. */
  readonly name: string
  /** As for `createFork`, but by default made wherever it is possible: any number of forks recover from it. */
  readonly checkpoint?: boolean
  /** Above these, no snapshot is taken (H55). */
  readonly spaceThresholds?: Partial<SpaceThresholds>
}
