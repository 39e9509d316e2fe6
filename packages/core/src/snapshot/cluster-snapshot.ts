import type { SnapshotRecord } from '../records/snapshot-record.ts'

/** A picture of a whole cluster, from which any number of forks can be made. */
export interface ClusterSnapshot extends AsyncDisposable {
  readonly kind: 'snapshot'
  readonly name: string
  readonly record: SnapshotRecord
  /** Removes it. @throws PgforkError `BUSY` while the storage needs it for a fork */
  destroy(): Promise<void>
}
