import { ownUser } from '../../command/own-user.ts'
import type { Operation } from '../../operation/operation.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import type { StoredCopy } from '../../storage/driver/driver-set.ts'
import { copyOf } from './copy-of.ts'

export interface AdoptSnapshotRequest {
  readonly name: string
  readonly snapshots: readonly StoredCopy[]
  readonly maker: ProcessIdentity
  /** It goes with the fork of this name. */
  readonly isForFork: boolean
}

/** Gives a snapshot a record by which it can be removed. What else a record says of its source is lost. */
export async function adoptSnapshot(operation: Operation, request: AdoptSnapshotRequest): Promise<SnapshotRecord> {
  const { name, snapshots, maker, isForFork } = request
  return snapshotStore(operation.state).adopt({
    version: 1,
    name,
    createdAt: new Date().toISOString(),
    maker,
    isForFork,
    isRebuilt: true,
    consistency: 'stopped',
    copies: snapshots.map(copyOf),
    data: { copy: 0, path: '' },
    links: [],
    source: {
      dataDirectory: snapshots[0]?.volume.root ?? '',
      owner: ownUser(),
      major: 0,
      binDirectory: '',
      systemIdentifier: '0',
      timeline: 0,
      newestTimeline: 0,
      isStandby: false,
      isClean: false,
      hasChecksums: false,
      walLevel: 'minimal',
      redoLocation: '0/0',
      role: 'postgres',
    },
    settings: {},
    replacedSettings: [],
  })
}
